/** Joins the adapters of a worker, including the audit log of its work directory, to the ports of its activities. */

import { setTimeout as pause } from 'node:timers/promises';
import { loadDelayFactor } from '../../activities/background-mirror.js';
import type { ActivityDeps, AuditPort, CallQuestion } from '../../activities/ports.js';
import { auditFilesOf } from '../audit/files.js';
import { openAudit } from '../audit/log.js';
import { RookeryError } from '../domain/errors.js';
import type { Registries } from '../domain/network-entry.js';
import type { TaskInput } from '../domain/protocol.js';
import { registriesOf } from '../domain/registries.js';
import type { SearchAttribute } from '../domain/search.js';
import { checkTaskInput } from '../domain/task-input.js';
import { canonicalName } from '../domain/tool.js';
import { stateOfCommand } from '../files/background-records.js';
import { isAlive } from '../files/process-identity.js';
import { AdditionalMirror } from '../mirror/additional-mirror.js';
import { AdmittedRuns } from '../mirror/admitted-runs.js';
import type { Paths } from '../mirror/paths.js';
import { MirrorWriter } from '../mirror/writer.js';
import { createModels } from '../models/create-models.js';
import { suspiciousPhrase } from '../policy/injection-phrases.js';
import { allowsSecrets, offered, reachable } from '../policy/judge.js';
import { judgeWith } from '../policy/policy-function.js';
import { rememberedRules } from '../policy/remembered.js';
import { originate, type Policy, type Rule } from '../policy/rule.js';
import { problemOfRules, rulesSchema } from '../policy/rule-schema.js';
import { killMarked } from '../processes/kill-tree.js';
import { problemOfAnswer, problemOfSchema } from '../schema/answer-check.js';
import { problemOfDecision } from '../signing/decisions.js';
import { createSigner } from '../signing/signature.js';
import type { BackgroundCommands } from '../tools/background/commands.js';
import { parseArgs, toSpec } from '../tools/catalogue.js';
import { createClaims } from '../tools/claims.js';
import { createSeenFiles } from '../tools/seen-files.js';
import { surroundingsOf } from '../tools/surroundings.js';
import { withActiveTrace } from '../tracing/submit-span.js';
import { createRunning } from './activity-tokens.js';
import { defaultChoiceOf } from './default-choice.js';
import { meteredAudit, meteredModels } from './metered.js';
import type { Metrics } from './metrics.js';
import type { BackgroundTasksOptions } from './plugin-options.js';
import { notingEnds } from './task-baselines.js';
import { removingHomes } from './task-homes.js';
import type { LiveTools } from './worker-tools.js';
import { createWorkspaces } from './workspaces.js';

export interface DepsContext {
  readonly settings: BackgroundTasksOptions;
  readonly paths: Paths;
  readonly key: Buffer;
  readonly host: string;
  readonly namespace: string;
  readonly workspace: string;
  readonly tools: Pick<LiveTools, 'all' | 'whenReady' | 'whyUnavailable'>;
  readonly background: Pick<BackgroundCommands, 'endTask' | 'records'>;
  /** Shell commands run in a sandbox here. */
  readonly sandboxed: boolean;
  readonly metrics: Metrics;
  readonly observer: ActivityDeps['observer'];
  readonly searchable: () => readonly SearchAttribute[];
  readonly audit: ActivityDeps['audit'];
  readonly notifier: ActivityDeps['notifier'];
  readonly redact: ActivityDeps['redact'];
}

export function createActivityDeps(context: DepsContext): ActivityDeps {
  const { settings, paths, tools } = context;
  const models = settings.models ?? {};
  const ownModels = Object.keys(models.own ?? {});
  const { configDirectory } = settings;
  const ownDirectories = [paths.workdir, ...(configDirectory === undefined ? [] : [configDirectory])];
  const signer = createSigner(context.key, context.namespace);
  const { env = {}, announce = () => undefined, sharedWorkspace = false } = settings;
  const place: WorkerPlace = { ownDirectories, registries: registriesOf(env) };
  // Where the workspace is shared, there is nothing to ship.
  const ship = sharedWorkspace ? undefined : settings.shipWorkspace;
  const workspaces = createWorkspaces({ paths, host: context.host, env, signer, announce }, ship);
  return {
    verifier: {
      ...signer,
      problemOfDecision: (workflowId, decision, call) =>
        problemOfDecision(signer, { workflowId, now: Date.now() }, decision, call),
    },
    signStart: (scope, input) => signer.signStart(scope, withActiveTrace(input)),
    trustedParents: settings.trustedParents ?? [],
    restarts: { mode: settings.reset ?? 'ask', admitted: new AdmittedRuns(paths) },
    parseInput: (input) => parseInput(input, ownModels),
    unsigned: settings.unsigned ?? 'refuse',
    workspace: context.workspace,
    host: context.host,
    sharedWorkspace,
    workspaces,
    searchable: context.searchable,
    defaultChoice: defaultChoiceOf(settings),
    models: meteredModels(createModels(models), context.metrics),
    answers: { problemOfSchema, problemOfAnswer },
    compaction: settings.compaction ?? 'model',
    tools: {
      get all() {
        return tools.all();
      },
      find: (name) => tools.all().get(canonicalName(name)),
      whenReady: (signal) => tools.whenReady(signal),
      whyUnavailable: (name) => tools.whyUnavailable(name),
      spec: (tool) => ({ ...toSpec(tool) }),
      parse: parseArgs,
      killLeftovers: async (call) => {
        await killMarked({ call });
      },
      isAlive,
      endBackground: (task) => context.background.endTask(task),
      interrupted: (task) =>
        context.background.records.all(task).filter((record) => stateOfCommand(record) === 'interrupted'),
    },
    policy: {
      offered: (all, { authority, rules }) => offered(policyOf(context, rules), all, authority),
      allowsSecrets,
      reachable: ({ rules, ...question }) =>
        reachable(policyOf(context, rules), questionOf(context, place, { ...question, originalArgs: undefined })),
      judge: (question) => judgeQuestion(context, place, question),
    },
    claims: createClaims(paths.claims),
    seenFiles: createSeenFiles(paths.seen),
    notes: paths.temporary,
    mirror: notingEnds(removingHomes(workspaces.shipping(mirrorOf(context)), paths.homes), { paths, env }),
    notifier: context.notifier,
    running: createRunning(paths.running),
    metrics: context.metrics,
    observer: context.observer,
    backoffMs: settings.backoffMs ?? 1_000,
    redact: context.redact,
    suspect: (text) => (settings.phraseWarning ? warningOf(suspiciousPhrase(text)) : undefined),
    audit: meteredAudit(context.audit, context.metrics),
  };
}

export interface ClosableAudit extends AuditPort {
  /** Flushes pending writes. */
  close(): Promise<void>;
}

export function createAudit(
  settings: BackgroundTasksOptions,
  paths: Paths,
  redact: (text: string) => string,
): ClosableAudit {
  const { anchorFile, ...files } = auditFilesOf(paths, settings.configDirectory ?? paths.side);
  const audit = openAudit({
    ...files,
    ...(settings.configDirectory === undefined ? {} : { anchorFile }),
    announce: settings.announce ?? (() => undefined),
    redact,
    delayFactor: loadDelayFactor(),
  });
  const write: AuditPort['note'] = ({ type, task, description, metadata }) =>
    audit.note({ event: type, component: COMPONENTS[type], task, description, ...(metadata ? { metadata } : {}) });
  return {
    close: () => audit.close(),
    // The first model request goes first: the start does not wait for its note.
    note: (note) => (note.type === 'agent_start' ? pause(START_NOTE_DELAY_MS).then(() => write(note)) : write(note)),
  };
}

// ---

function parseInput(input: unknown, ownModels: readonly string[]): TaskInput {
  const checked = checkTaskInput(input, ownModels);
  if (checked.kind === 'wrong') throw invalidInput(checked.problem);
  const rules = rulesSchema.safeParse(checked.input.policy ?? []);
  if (!rules.success) throw invalidInput(`policy ${problemOfRules(rules.error)}`);
  return checked.input;
}

function invalidInput(problem: string): RookeryError {
  return new RookeryError('bad_input', `The input of this start is wrong: ${problem}.`);
}

/** The worker's own rules, then those of the task's signed start, then those that "always" created. */
function policyOf({ settings, paths }: DepsContext, taskRules: readonly Rule[]): Policy {
  const announce = settings.announce ?? (() => undefined);
  return {
    rules: [...(settings.policy ?? []), ...originate(taskRules, 'task'), ...rememberedRules(paths.policy, announce)],
  };
}

/** What is the same for every question of this worker. */
interface WorkerPlace {
  readonly ownDirectories: readonly string[];
  readonly registries: Registries;
}

function judgeQuestion(context: DepsContext, place: WorkerPlace, { rules, ...question }: CallQuestion) {
  const { task, labels } = question;
  const asked = { ...questionOf(context, place, question), task, labels };
  return judgeWith(context.settings.policyFunction, policyOf(context, rules), asked);
}

function questionOf(
  context: DepsContext,
  { ownDirectories, registries }: WorkerPlace,
  { tool, args, originalArgs, authority, workspace }: Omit<CallQuestion, 'rules' | 'task' | 'labels'>,
) {
  const { env = {} } = context.settings;
  return {
    ...{ tool, authority, workspace },
    touches: tool.touches(args),
    args: originalArgs,
    own: ownDirectories,
    sandboxed: context.sandboxed && tool.name === 'shell',
    surroundings: surroundingsOf(workspace, env),
    registries,
  };
}

function mirrorOf({ settings, paths }: DepsContext): ActivityDeps['mirror'] {
  const files = new MirrorWriter(paths);
  const { mirror, announce = () => undefined } = settings;
  return mirror ? new AdditionalMirror({ files, mirror, announce }) : files;
}

function warningOf(phrase: string | undefined): string | undefined {
  return phrase && `[warning: it holds ${JSON.stringify(phrase)}, a phrase typical of prompt injection]`;
}

const START_NOTE_DELAY_MS = 10;

const COMPONENTS = {
  agent_start: 'agent',
  agent_finish: 'agent',
  tool_call: 'tool',
  tool_result: 'tool',
  policy_decision: 'policy',
  approval_requested: 'approval',
  approval_granted: 'approval',
  approval_denied: 'approval',
  security_violation: 'security',
  sandbox_violation: 'sandbox',
} as const;
