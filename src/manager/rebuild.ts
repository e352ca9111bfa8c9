/**
 * Computes the files of a task from its history alone: the same steps as workflow and activities took, on what they
 * recorded. Reads Temporal; writes nothing.
 */

import type {
  Base,
  IterateResult,
  Mirrored,
  MirrorInput,
  MirrorResult,
  RunToolInput,
  RunToolResult,
} from '../domain/activity-calls.js';
import { advance } from '../domain/apply-reply.js';
import type { Carried } from '../domain/continue-as-new.js';
import type { Message } from '../domain/conversation.js';
import { recordAtStart } from '../domain/initial-record.js';
import { DEFAULT_SYSTEM_PROMPT } from '../domain/limits.js';
import { openingOf, startOf } from '../domain/payloads.js';
import { SIGNALS, type TaskInput, WORKFLOW_TYPE } from '../domain/protocol.js';
import { microsOfMillis } from '../domain/timestamp.js';
import type { TemporalClient } from '../server/temporal-client.js';
import { carriedAgentIn, isSignedAgent } from './agent-arguments.js';
import { type HistoryEvent, historyOf, type Payloads, values } from './history.js';
import { Rounds } from './rounds.js';

/** The newest state that the workflow passed to its mirror. */
export interface Rebuilt {
  readonly input: TaskInput;
  readonly record: Mirrored;
  readonly messages: readonly Message[];
  /** Name of the host that has the task; null when none has it yet. */
  readonly host: string | null;
  /** False when the workflow has passed nothing to its mirror yet, and the record is the initial one. */
  readonly mirrored: boolean;
}

export async function rebuild(client: TemporalClient, workflowId: string, runId: string): Promise<Rebuilt | undefined> {
  return (await foldedHistory(client, workflowId, runId)).newest;
}

/** What one run has done, iteration by iteration. */
export interface Folded {
  /** Undefined for a workflow of the user that has begun no agent. */
  readonly newest: Rebuilt | undefined;
  readonly rounds: Rounds;
}

export async function foldedHistory(client: TemporalClient, workflowId: string, runId: string): Promise<Folded> {
  const fold = new HistoryFold(workflowId);
  for await (const event of historyOf(client, workflowId, runId)) fold.apply(event);
  return fold;
}

// ---

class HistoryFold {
  newest: Rebuilt | undefined;
  readonly rounds = new Rounds();
  readonly #known = new Map<string, readonly Message[]>();
  readonly #requests = new Map<string, { base: Base; groups: Message[][] }>();
  #opening: readonly Message[] = [];
  /** The conversation that the input brings. */
  #brought: readonly Message[] = [];
  #host: string | null = null;
  /** The host that wrote the files last, of a task without a first reply. */
  #mirroredOn: string | null = null;

  constructor(private readonly workflowId: string) {}

  apply(event: HistoryEvent): void {
    const started = event.workflowExecutionStartedEventAttributes;
    if (started) this.#begin(event, started.workflowType?.name, values(started.input));
    const signaled = event.workflowExecutionSignaledEventAttributes;
    if (signaled?.signalName === SIGNALS.raise) this.rounds.raises.push(values(signaled.input)[0]);
    const scheduled = event.activityTaskScheduledEventAttributes;
    if (scheduled) {
      const request = requestOf(scheduled.input);
      this.rounds.scheduled(Object(request.base) as Partial<RunToolInput>, millisOf(event));
      this.#scheduled(String(event.eventId), request);
    }
    const completed = event.activityTaskCompletedEventAttributes;
    const [result] = completed ? values(completed.result) : [];
    if (isSignedAgent(result, this.workflowId)) this.#start([result], millisOf(event));
    const request = completed && this.#requests.get(String(completed.scheduledEventId));
    if (request) this.#answered(request, result as Answer, millisOf(event));
  }

  /** A workflow of the user begins with what is the user's, except where it continues an agent. */
  #begin(event: HistoryEvent, type: string | null | undefined, given: unknown[]): void {
    const args = type === WORKFLOW_TYPE ? given : carriedAgentIn(given, this.workflowId);
    if (args) this.#start(args, millisOf(event));
  }

  #start([given, carriedOver, ...groups]: readonly unknown[], millis: number): void {
    const input = given as TaskInput;
    const carried = carriedOver as Carried | undefined;
    this.#opening = openingOf(input, DEFAULT_SYSTEM_PROMPT);
    this.#brought = startOf(input, DEFAULT_SYSTEM_PROMPT);
    const all = [...(carried?.state ? this.#opening : this.#brought), ...(groups as Message[][]).flat()];
    if (carried?.state) this.#known.set(carried.state, all.slice(0, all.length - carried.tail));
    const record = carried?.record ?? recordAtStart(input, microsOfMillis(Math.floor(millis)));
    this.#host = carried?.host ?? input.host ?? null;
    this.newest = { input, record, messages: all, host: this.#host, mirrored: carried !== undefined };
    const judged = carried?.judged ?? input.continues?.calls ?? [];
    const startedAt = carried?.started_at ?? Math.floor(millis) - (input.continues?.elapsed_ms ?? 0);
    const at = carried ? carried.record.updated_at / 1000 : millis;
    this.rounds.begin({ record, messages: all, judged, at }, { startedAt, raised: carried?.control?.raised });
  }

  #scheduled(event: string, { base, groups }: { base: Base; groups: Message[][] }): void {
    this.#requests.set(event, { base, groups });
    const { record } = base;
    if (!this.newest || !record) return;
    const messages = this.#conversation(base, groups);
    if (messages) this.rounds.mirrored(record, messages);
    if (messages) this.newest = { ...this.newest, record, messages, mirrored: true };
  }

  #answered({ base, groups }: { base: Base; groups: Message[][] }, result: Answer, at: number): void {
    if (result.kind === 'ran') this.rounds.ran(result.observation, at);
    if (result.kind === 'written') this.#mirroredOn = result.host ?? this.#mirroredOn;
    if (result.kind === 'accepted') this.#host ??= result.host ?? null;
    // Asked of a worker of another host, when the task has lost its own or is moved.
    const { newHost, move } = Object(base) as Partial<MirrorInput>;
    if ((newHost || move) && 'host' in result) this.#host = result.host ?? this.#host;
    if (this.newest) this.newest = { ...this.newest, host: this.#host ?? this.#mirroredOn };
    if (result.kind !== 'accepted') return;
    const sent = this.#conversation(base, groups);
    if (!sent) return;
    const messages = advance(sent, this.#opening.length, result);
    this.#known.set(result.state, messages);
    this.rounds.accepted(sent, result, { messages, at });
  }

  #conversation({ state, whole = 0 }: Base, groups: Message[][]): Message[] | undefined {
    const tail = groups.slice(whole).flat();
    if (state === null) return [...this.#brought, ...groups.slice(0, whole).flat(), ...tail];
    const known = this.#known.get(state);
    return known && [...known, ...tail];
  }
}

type Answer = IterateResult | MirrorResult | RunToolResult;

function millisOf({ eventTime }: HistoryEvent): number {
  return Number(eventTime?.seconds ?? 0) * 1000 + (eventTime?.nanos ?? 0) / 1e6;
}

function requestOf(input: Payloads): { base: Base; groups: Message[][] } {
  const [base, ...groups] = values(input);
  return { base: base as Base, groups: groups as Message[][] };
}
