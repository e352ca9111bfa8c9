/** Joins the adapters of a worker to the ports of its activities. Decides nothing by itself. */
import type { ActivityDeps, CallQuestion } from '../../activities/deps.js';
import { problemOfDecision } from '../decisions.js';
import { RookeryError } from '../domain/errors.js';
import type { TaskInput } from '../domain/protocol.js';
import { canonicalName } from '../domain/tool-names.js';
import { problemOf, taskInputSchema } from '../domain/wire-schema.js';
import { isAlive } from '../durable/process.js';
import { AdmittedRuns } from '../mirror/admitted-runs.js';
import type { Paths } from '../mirror/paths.js';
import { MirrorWriter } from '../mirror/writer.js';
import { createModels } from '../models/create-models.js';
import { allowsSecrets, judge, offered } from '../policy/judge.js';
import { suspiciousPhrase } from '../policy/phrases.js';
import { rememberedRules } from '../policy/remembered.js';
import { originate, type Policy, type Rule } from '../policy/rule.js';
import { problemOfRules, rulesSchema } from '../policy/rule-schema.js';
import { createSigner } from '../signature.js';
import { surroundingsOf } from '../surroundings.js';
import { parseArgs, toSpec } from '../tools/catalogue.js';
import { createClaims } from '../tools/claims.js';
import { killMarked } from '../tools/processes.js';
import type { LiveTools } from './live-tools.js';
import type { Metrics } from './metrics.js';
import type { BackgroundTasksOptions } from './plugin-options.js';
import { createRunning } from './running.js';

export interface Joined {
  readonly settings: BackgroundTasksOptions;
  readonly paths: Paths;
  readonly key: Buffer;
  readonly host: string;
  readonly namespace: string;
  readonly workspace: string;
  readonly tools: Pick<LiveTools, 'all' | 'arrived' | 'absent'>;
  /** Shell commands run in a sandbox here. */
  readonly sandboxed: boolean;
  readonly metrics: Metrics;
  readonly searchable: () => boolean;
  readonly audit: ActivityDeps['audit'];
  readonly redact: ActivityDeps['redact'];
}

export function joinDeps(joined: Joined): ActivityDeps {
  const { settings, paths, tools } = joined;
  const models = settings.models ?? { keys: {}, endpoints: {} };
  const { configDirectory } = settings;
  const own = [paths.workdir, ...(configDirectory === undefined ? [] : [configDirectory])];
  const signer = createSigner(joined.key, joined.namespace);
  return {
    verifier: {
      ...signer,
      problemOfDecision: (workflowId, decision, call) =>
        problemOfDecision(signer, { workflowId, now: Date.now() }, decision, call),
    },
    restarts: { mode: settings.reset ?? 'ask', admitted: new AdmittedRuns(paths) },
    parseInput,
    unsigned: settings.unsigned ?? 'refuse',
    workspace: joined.workspace,
    host: joined.host,
    searchable: joined.searchable,
    defaultChoice: settings.defaultChoice ?? { provider: 'demo', model: 'demo' },
    models: createModels(models),
    tools: {
      get all() {
        return tools.all();
      },
      find: (name) => tools.all().get(canonicalName(name)),
      arrived: (signal) => tools.arrived(signal),
      absent: (name) => tools.absent(name),
      spec: (tool) => ({ ...toSpec(tool) }),
      parse: parseArgs,
      killLeftovers: async (call) => {
        await killMarked({ call });
      },
      isAlive,
    },
    policy: {
      offered: (all, { authority, rules }) => offered(policyOf(joined, rules), all, authority),
      allowsSecrets,
      judge: (question) => ruling(joined, own, question),
    },
    claims: createClaims(paths.claims),
    mirror: new MirrorWriter(paths),
    running: createRunning(paths.running),
    metrics: joined.metrics,
    backoffMs: settings.backoffMs ?? 1_000,
    redact: joined.redact,
    suspect: (text) => (settings.phraseWarning ? warningOf(suspiciousPhrase(text)) : undefined),
    audit: joined.audit,
  };
}

// ---

function parseInput(input: unknown): TaskInput {
  const parsed = taskInputSchema.safeParse(input);
  if (!parsed.success) throw wrong(problemOf(parsed.error));
  const rules = rulesSchema.safeParse(parsed.data.policy ?? []);
  if (!rules.success) throw wrong(`policy ${problemOfRules(rules.error)}`);
  return parsed.data;
}

function wrong(problem: string): RookeryError {
  return new RookeryError('bad_input', `The input of this start is wrong: ${problem}.`);
}

/** The worker's own rules, then those of the task's signed start, then what "always" left behind. */
function policyOf({ settings, paths }: Joined, ofTask: readonly Rule[]): Policy {
  const announce = settings.announce ?? (() => undefined);
  return {
    rules: [...(settings.policy ?? []), ...originate(ofTask, 'task'), ...rememberedRules(paths.policy, announce)],
  };
}

function ruling(joined: Joined, own: readonly string[], { tool, args, given, rules, ...question }: CallQuestion) {
  return judge(policyOf(joined, rules), {
    ...question,
    tool,
    touches: tool.touches(args),
    args: given,
    own,
    sandboxed: joined.sandboxed && tool.name === 'shell',
    surroundings: surroundingsOf(question.workspace, joined.settings.env ?? {}),
  });
}

function warningOf(phrase: string | undefined): string | undefined {
  return phrase && `[warning: it holds ${JSON.stringify(phrase)}, a phrase that is used to mislead]`;
}
