import { problemOfDecision } from '../decisions.js';
import { RookeryError } from '../domain/errors.js';
import { canonicalName } from '../domain/tool-names.js';
import { problemOf, taskInputSchema } from '../domain/wire-schema.js';
import { isAlive } from '../durable/process.js';
import { MirrorWriter } from '../mirror/writer.js';
import { createModels } from '../models/create-models.js';
import { allowsSecrets, judge, offered } from '../policy/judge.js';
import { suspiciousPhrase } from '../policy/phrases.js';
import { rememberedRules } from '../policy/remembered.js';
import { originate } from '../policy/rule.js';
import { problemOfRules, rulesSchema } from '../policy/rule-schema.js';
import { createSigner } from '../signature.js';
import { parseArgs, toSpec } from '../tools/catalogue.js';
import { createClaims } from '../tools/claims.js';
import { killMarked } from '../tools/processes.js';
import { createRunning } from './running.js';
export function joinDeps(joined) {
    const { settings, paths, tools } = joined;
    const models = settings.models ?? { keys: {}, endpoints: {} };
    const signer = createSigner(joined.key, joined.namespace);
    return {
        verifier: {
            ...signer,
            problemOfDecision: (workflowId, decision, call) => problemOfDecision(signer, { workflowId, now: Date.now() }, decision, call),
        },
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
            judge: (question) => ruling(joined, question),
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
function parseInput(input) {
    const parsed = taskInputSchema.safeParse(input);
    if (!parsed.success)
        throw wrong(problemOf(parsed.error));
    const rules = rulesSchema.safeParse(parsed.data.policy ?? []);
    if (!rules.success)
        throw wrong(`policy ${problemOfRules(rules.error)}`);
    return parsed.data;
}
function wrong(problem) {
    return new RookeryError('bad_input', `The input of this start is wrong: ${problem}.`);
}
/** The worker's own rules, then those of the task's signed start, then what "always" left behind. */
function policyOf({ settings, paths }, ofTask) {
    const announce = settings.announce ?? (() => undefined);
    return {
        rules: [...(settings.policy ?? []), ...originate(ofTask, 'task'), ...rememberedRules(paths.policy, announce)],
    };
}
function ruling(joined, { tool, args, rules, ...question }) {
    return judge(policyOf(joined, rules), {
        ...question,
        tool,
        touches: tool.touches(args),
        own: [
            joined.paths.workdir,
            ...(joined.settings.configDirectory === undefined ? [] : [joined.settings.configDirectory]),
        ],
        sandboxed: joined.sandboxed && tool.name === 'shell',
    });
}
function warningOf(phrase) {
    return phrase && `[warning: it holds ${JSON.stringify(phrase)}, a phrase that is used to mislead]`;
}
//# sourceMappingURL=activity-deps.js.map