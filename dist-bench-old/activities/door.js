/**
 * The door of every activity: it runs only inside a `backgroundTask` workflow, and only for a start that this worker has
 * verified. Decides what the task may do; does nothing else. Nothing before it touches a claim, a tool or a key.
 */
import { ApplicationFailure } from '@temporalio/common';
import { openingOf, roomOf } from '../src/domain/carry.js';
import { sentenceOf } from '../src/domain/errors.js';
import { isSafeId } from '../src/domain/id.js';
import { DEFAULT_LIMITS, UNSIGNED_MAX_AT_ONCE, UNSIGNED_MAX_ITERATIONS } from '../src/domain/limits.js';
import { FAILURES, WORKFLOW_TYPE } from '../src/domain/protocol.js';
import { DEFAULT_SYSTEM_PROMPT } from '../src/domain/system-prompt.js';
import { Arrivals } from './arrivals.js';
const REMEMBERED = 500;
const EXPECT_MS = 2_000;
const UNSIGNED_IDLE_MS = 15 * 60_000;
export class Door {
    deps;
    #runs = new Map();
    #begun = new Map();
    #unsigned = new Map();
    #arrivals = new Arrivals();
    constructor(deps) {
        this.deps = deps;
    }
    /** Throws, without retry, for what does not come from a task's workflow; else gives its execution. */
    refuseStrangers({ inWorkflow, workflowType, workflowExecution }) {
        if (inWorkflow && workflowType === WORKFLOW_TYPE && workflowExecution)
            return workflowExecution;
        throw refused('This activity runs only inside a backgroundTask workflow.');
    }
    /** Undefined: this worker has not seen the start of this run. Throws, without retry, for what may not run at all. */
    admit(caller, base) {
        const execution = this.refuseStrangers(caller);
        const known = this.#runs.get(execution.runId);
        if (known)
            return this.#touch(execution.runId, known);
        const start = base.start ?? this.#begun.get(execution.runId);
        if (!start)
            return undefined;
        const admitted = this.#verify(execution.workflowId, start);
        this.#remember(execution.runId, admitted);
        void this.deps.audit.note({
            task: admitted.id,
            type: 'agent_start',
            description: `run ${execution.runId} was let in`,
            metadata: { run: execution.runId, ...admitted.authority, workspace: admitted.workspace },
        });
        return this.#touch(execution.runId, admitted);
    }
    /** The workflow of this run has begun on this worker: what its first activity need not bring. It is verified then. */
    begun(runId, start) {
        this.#begun.set(runId, start);
        forgetOldest(this.#begun);
    }
    /** As `admit`, for an activity that runs beside another which brings the start: waits a moment for it. */
    async admitSoon(caller, base) {
        const at = this.admit(caller, base);
        if (at || !base.expect)
            return at;
        await this.#arrivals.wait(this.refuseStrangers(caller).runId, EXPECT_MS);
        return this.admit(caller, base);
    }
    /** The task of this run has ended: an unsigned one makes room for another. */
    leave(runId) {
        this.#unsigned.delete(runId);
    }
    #verify(id, raw) {
        if (!isSafeId(id))
            throw refused(`The workflow id ${JSON.stringify(id.slice(0, 200))} is no safe file name.`);
        let input;
        try {
            input = this.deps.parseInput(raw);
        }
        catch (error) {
            throw refused(sentenceOf(error));
        }
        const { verifier, unsigned, audit } = this.deps;
        if (verifier.verifyStart(id, raw) || unsigned === 'trust')
            return this.#signed(id, input);
        if (unsigned === 'read-only')
            return this.#narrow(id, input);
        void audit.note({
            task: id,
            type: 'security_violation',
            description: 'a start without a valid signature was refused',
        });
        throw refused(unsignedSentence(input));
    }
    #signed(id, input) {
        return {
            id,
            input,
            authority: { signed: true, allow: input.allow ?? [], yes: input.yes ?? false },
            // `parseInput` has looked at them: the domain only carries them.
            rules: (input.policy ?? []),
            workspace: input.workspace ?? this.deps.workspace,
            chain: chainOf(input, this.deps.defaultChoice),
            trustedEndpoint: input.endpoint !== undefined && input.endpoint_origin === 'user',
            limits: { ...DEFAULT_LIMITS, ...input.limits },
            ...sizesOf(input),
            cap: undefined,
        };
    }
    /** What an unsigned start names beyond its prompt does not count. */
    #narrow(id, input) {
        return {
            id,
            input,
            authority: { signed: false, allow: [], yes: false },
            rules: [],
            workspace: this.deps.workspace,
            chain: [this.deps.defaultChoice],
            trustedEndpoint: false,
            limits: DEFAULT_LIMITS,
            ...sizesOf(input),
            cap: UNSIGNED_MAX_ITERATIONS,
        };
    }
    #touch(runId, admitted) {
        if (admitted.authority.signed)
            return admitted;
        const now = Date.now();
        for (const [run, at] of this.#unsigned)
            if (now - at > UNSIGNED_IDLE_MS)
                this.#unsigned.delete(run);
        if (!this.#unsigned.has(runId) && this.#unsigned.size >= UNSIGNED_MAX_AT_ONCE) {
            throw ApplicationFailure.create({
                type: 'rate_limit',
                message: `Only ${UNSIGNED_MAX_AT_ONCE} unsigned tasks run at once; this one waits for its turn.`,
                nextRetryDelay: '5 seconds',
            });
        }
        this.#unsigned.set(runId, now);
        return admitted;
    }
    #remember(runId, admitted) {
        this.#runs.set(runId, admitted);
        this.#begun.delete(runId);
        this.#arrivals.announce(runId);
        forgetOldest(this.#runs);
    }
}
// ---
function forgetOldest(map) {
    for (const oldest of map.keys()) {
        if (map.size <= REMEMBERED)
            break;
        map.delete(oldest);
    }
}
function refused(message) {
    return ApplicationFailure.create({ type: FAILURES.refused, message, nonRetryable: true });
}
function unsignedSentence(input) {
    const what = input.signature
        ? 'The signature of this start does not match its content, or was made with another signing key'
        : 'This start is not signed';
    return `${what}, so it may not run here. Start it with the rookery command, a client with the plugin, or an input from \`rookery sign\`.`;
}
function sizesOf(input) {
    return { opening: openingOf(input, DEFAULT_SYSTEM_PROMPT).length, room: roomOf(input).conversation };
}
function chainOf(input, fallback) {
    const first = input.provider
        ? {
            provider: input.provider,
            model: input.model ?? fallback.model,
            ...(input.endpoint === undefined ? {} : { endpoint: input.endpoint }),
        }
        : fallback;
    const others = (input.fallback ?? []).map(({ provider, model }) => ({ provider: provider, model }));
    return [first, ...others];
}
//# sourceMappingURL=door.js.map