/**
 * The admission of every activity: an activity runs only inside a `backgroundTask` workflow or in one whose type the
 * worker trusts, and only for a start that this worker has verified. Decides what the task may do and does nothing else. No claim, tool or key is touched before
 * admission.
 */
import { ApplicationFailure } from '@temporalio/common';
import type { Base } from '../src/domain/activity-calls.js';
import type { AnswerSchema } from '../src/domain/answer-schema.js';
import { sentenceOf } from '../src/domain/errors.js';
import {
  DEFAULT_LIMITS,
  DEFAULT_SYSTEM_PROMPT,
  type Limits,
  UNSIGNED_MAX_AT_ONCE,
  UNSIGNED_MAX_ITERATIONS,
} from '../src/domain/limits.js';
import { conversationBudgetOf, openingOf } from '../src/domain/payloads.js';
import { FAILURES, SIGNALS, type TaskInput } from '../src/domain/protocol.js';
import type { Effort } from '../src/domain/provider.js';
import { fileNameOf, ID_RULE, isTaskId } from '../src/domain/task-id.js';
import type { ModelChoice } from '../src/models/model.js';
import type { Authority } from '../src/policy/allow.js';
import type { Rule } from '../src/policy/rule.js';
import { type ActivityCaller, type CallingRun, callingRunOf } from './calling-run.js';
import { Arrivals } from './conversation-cache.js';
import type { ActivityDeps } from './ports.js';
import { admitRun } from './restart-check.js';
import { type RunOrigins, serverOrigins } from './run-origin.js';

/** A run whose start has been verified, and its permissions here. */
export interface AdmittedTask {
  readonly id: string;
  readonly input: TaskInput;
  readonly authority: Authority;
  readonly rules: readonly Rule[];
  readonly workspace: string;
  readonly chain: readonly ModelChoice[];
  readonly trustedEndpoint: boolean;
  readonly effort: Effort | undefined;
  readonly schema: AnswerSchema | undefined;
  readonly limits: Limits;
  /** Number of messages in the opening. */
  readonly opening: number;
  /** Byte budget for the messages after the opening. */
  readonly messageBudget: number;
  readonly iterationCap: number | undefined;
}

const MAX_REMEMBERED_RUNS = 500;
const START_TIMEOUT_MS = 2_000;
const UNSIGNED_IDLE_MS = 15 * 60_000;

export class Admission {
  readonly #runs = new Map<string, AdmittedTask>();
  readonly #startedInputs = new Map<string, TaskInput>();
  readonly #unsigned = new Map<string, number>();
  readonly #arrivals = new Arrivals();
  /** Admissions that wait for disk or server, by run. A second activity of a run waits for the same one. */
  readonly #pending = new Map<string, Promise<AdmittedTask>>();

  constructor(
    private readonly deps: ActivityDeps,
    private readonly origins: RunOrigins = serverOrigins,
  ) {}

  /** @returns the execution of the task's workflow. Throws, without retry, for a call from anything else. */
  assertCalledFromTask(caller: ActivityCaller): CallingRun {
    return callingRunOf(caller, this.deps.trustedParents);
  }

  /**
   * @returns the admitted task; undefined when this worker has not seen the start of this run. Throws, without retry,
   * for a run that may not run at all.
   */
  async admit(caller: ActivityCaller, base: Base): Promise<AdmittedTask | undefined> {
    const run = this.assertCalledFromTask(caller);
    const { runId } = run;
    const known = this.#runs.get(runId);
    if (known) return this.#touch(runId, known);
    const start = base.start ?? this.#startedInputs.get(runId);
    if (!start) return undefined;
    // A message for this run may admit a run that was not admitted without it, so it is checked separately.
    const waiting = base.wake ? undefined : this.#pending.get(runId);
    const admitting = waiting ?? this.#admitRun(run, start, base);
    this.#pending.set(runId, admitting);
    try {
      return this.#touch(runId, await admitting);
    } finally {
      if (this.#pending.get(runId) === admitting) this.#pending.delete(runId);
    }
  }

  async #admitRun(calling: CallingRun, start: TaskInput, { wake }: Base): Promise<AdmittedTask> {
    const { workflowId, runId, isAgent } = calling;
    const admitted = this.#verify(calling, start);
    const { mac } = start.signature ?? {};
    if (mac !== undefined && admitted.authority.signed && this.deps.restarts.mode === 'ask') {
      const resumed = wake?.run === runId && this.deps.verifier.verifyMessage(workflowId, SIGNALS.resume, wake);
      const run = { task: workflowId, mac, run: runId, isAgent, resumed };
      if (!(await admitRun(this.deps.restarts.admitted, this.origins, run))) throw this.#restarted(workflowId, runId);
    }
    this.#remember(runId, admitted);
    void this.deps.audit.note({
      task: admitted.id,
      type: 'agent_start',
      description: `run ${runId} was admitted`,
      metadata: { run: runId, ...admitted.authority, workspace: admitted.workspace },
    });
    return admitted;
  }

  #restarted(task: string, run: string): ApplicationFailure {
    void this.deps.audit.note({
      task,
      type: 'security_violation',
      description: `run ${run} was restarted from outside and waits for a signed resume`,
    });
    const message = `restarted from outside; \`rookery resume ${fileNameOf(task)}\` continues it`;
    return ApplicationFailure.create({ type: FAILURES.restarted, message, nonRetryable: true });
  }

  /**
   * The workflow of this run has started on this worker, so its first activity need not carry the start. Admission
   * verifies the start then.
   */
  onWorkflowStarted(runId: string, start: TaskInput): void {
    this.#startedInputs.set(runId, start);
    forgetOldest(this.#startedInputs);
  }

  /**
   * Like `admit`, for an activity that runs in parallel with another one that carries the start: waits briefly for it.
   */
  async admitOrWait(caller: ActivityCaller, base: Base): Promise<AdmittedTask | undefined> {
    const at = await this.admit(caller, base);
    if (at || !base.expect) return at;
    await this.#arrivals.wait(this.assertCalledFromTask(caller).runId, START_TIMEOUT_MS);
    return this.admit(caller, base);
  }

  /** The task of this run has ended. An unsigned task frees its slot. */
  leave(runId: string): void {
    this.#unsigned.delete(runId);
  }

  #verify({ workflowId: id, isAgent }: CallingRun, raw: TaskInput): AdmittedTask {
    if (!isTaskId(id))
      throw refused(`The workflow id ${JSON.stringify(id.slice(0, 200))} is not a safe file name. ${ID_RULE}.`);
    let input: TaskInput;
    try {
      input = this.deps.parseInput(raw);
    } catch (error) {
      throw refused(sentenceOf(error));
    }
    const { verifier, unsigned, audit } = this.deps;
    const isSigned = isAgent ? verifier.verifyAgent(id, raw) : verifier.verifyStart(id, raw);
    if (isSigned || unsigned === 'trust') return this.#signedTask(id, input);
    if (unsigned === 'read-only') return this.#readOnlyTask(id, input);
    void audit.note({
      task: id,
      type: 'security_violation',
      description: 'a start without a valid signature was refused',
    });
    throw refused(unsignedSentence(input));
  }

  #signedTask(id: string, input: TaskInput): AdmittedTask {
    return {
      id,
      input,
      authority: { signed: true, allow: input.allow ?? [], yes: input.yes ?? false },
      // `parseInput` has validated them; the domain only carries them.
      rules: (input.policy ?? []) as unknown as readonly Rule[],
      workspace: this.deps.workspaces.directoryOf(id, input) ?? this.deps.workspace,
      chain: chainOf(input, this.deps),
      trustedEndpoint: input.endpoint !== undefined && input.endpoint_origin === 'user',
      effort: input.effort,
      schema: input.schema,
      limits: { ...DEFAULT_LIMITS, ...input.limits },
      ...sizesOf(input),
      iterationCap: undefined,
    };
  }

  /** Ignores all that an unsigned start sets except its prompt. */
  #readOnlyTask(id: string, input: TaskInput): AdmittedTask {
    return {
      id,
      input,
      authority: { signed: false, allow: [], yes: false },
      rules: [],
      workspace: this.deps.workspace,
      chain: chainOf({}, this.deps),
      trustedEndpoint: false,
      effort: undefined,
      schema: undefined,
      limits: DEFAULT_LIMITS,
      ...sizesOf(input),
      iterationCap: UNSIGNED_MAX_ITERATIONS,
    };
  }

  #touch(runId: string, admitted: AdmittedTask): AdmittedTask {
    if (admitted.authority.signed) return admitted;
    const now = Date.now();
    for (const [run, at] of this.#unsigned) if (now - at > UNSIGNED_IDLE_MS) this.#unsigned.delete(run);
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

  #remember(runId: string, admitted: AdmittedTask): void {
    this.#runs.set(runId, admitted);
    this.#startedInputs.delete(runId);
    this.#arrivals.announce(runId);
    forgetOldest(this.#runs);
  }
}

// ---

function forgetOldest(map: Map<string, unknown>): void {
  for (const oldest of map.keys()) {
    if (map.size <= MAX_REMEMBERED_RUNS) break;
    map.delete(oldest);
  }
}

function refused(message: string): ApplicationFailure {
  return ApplicationFailure.create({ type: FAILURES.refused, message, nonRetryable: true });
}

function unsignedSentence(input: TaskInput): string {
  const problem = input.signature
    ? 'The signature of this start does not match its content, or was made with another signing key'
    : 'This start is not signed';
  return `${problem}, so it may not run here. Start it with the rookery command, a client with the plugin, or an input from \`rookery sign\`.`;
}

function sizesOf(input: TaskInput): Pick<AdmittedTask, 'opening' | 'messageBudget'> {
  return {
    opening: openingOf(input, DEFAULT_SYSTEM_PROMPT).length,
    messageBudget: conversationBudgetOf(input).conversation,
  };
}

function chainOf(input: Partial<TaskInput>, { defaultChoice: usual, models }: ActivityDeps): ModelChoice[] {
  const others = input.fallback ?? [];
  if (input.provider === undefined) {
    if (usual) return [usual, ...others];
    throw refused('This start names no provider, and this worker has keys for several: name one of them.');
  }
  const { provider } = input;
  const model = input.model ?? (usual?.provider === provider ? usual.model : (models.defaultModel(provider) ?? ''));
  return [{ provider, model, ...(input.endpoint === undefined ? {} : { endpoint: input.endpoint }) }, ...others];
}
