/**
 * The calls of a task that wait for a person: for approval, or for the answer to a question. Waiting is durable and holds no worker slot: hours without a worker count
 * for the time limit of an approval, and change nothing else. An activity verifies each decision before it counts.
 */
import { condition, patched, workflowInfo } from '@temporalio/workflow';
import type { Carried } from '../src/domain/continue-as-new.js';
import { NO_EXPIRY } from '../src/domain/expiry.js';
import { FIXED } from '../src/domain/limits.js';
import { type Approval, type Ask, type Decision, toDecision } from '../src/domain/messages.js';
import type { Phase } from '../src/domain/task.js';
import { timerSummary } from '../src/domain/wait.js';
import type { MirrorQueue } from './mirror-queue.js';
import { updateSearchAttributes } from './search-attributes.js';
import { writeWait, writeWaitOver } from './task-memo.js';
import type { TaskRun } from './task-state.js';
import { tell, tellNearLimits } from './tell.js';
import { untilTimeMark } from './time-mark.js';

/** `moved`: history is long, or the task's time is over; the loop takes over. */
export type Decided = Decision | 'expired' | 'moved';

/**
 * Any client can send a signal: more decisions than this for one call are dropped. The sender repeats a decision until
 * it takes effect.
 */
const KEPT = 16;
const KEPT_IN_ALL = 256;

export class PendingApprovals {
  readonly #open = new Map<string, Ask>();
  readonly #decisions: Decision[];
  readonly #refused = new Map<string, string>();
  /** Ids of the decisions that were sent to a worker, by call. */
  readonly #taken = new Map<string, string>();
  /** A decided call is not shown as waiting. Runs that were recorded before this rule show it until it has its result. */
  #hidesDecided = false;
  /** What is published of the wait; null for none. */
  #published: string | null = null;

  constructor(
    private readonly run: TaskRun,
    carried: Carried | undefined,
  ) {
    for (const ask of carried?.asks ?? []) this.#open.set(ask.call, ask);
    this.#decisions = [...(carried?.decisions ?? [])];
  }

  get decisions(): readonly Decision[] {
    return this.#decisions;
  }

  get open(): readonly Ask[] {
    return [...this.#open.values()];
  }

  /** The waiting calls, exactly as they would run. */
  get shown(): Approval[] {
    const { firstExecutionRunId: chain } = workflowInfo();
    const { workspace = '' } = this.run.input;
    return this.open.flatMap((ask) => {
      const call = this.run.callOf(ask.call);
      const refused = this.#refused.get(ask.call) ?? null;
      const taken = this.#taken.get(ask.call) ?? null;
      const queued = this.#decisions.filter((one) => one.call === ask.call && decides(one)).map(({ id }) => id);
      return call ? [{ ...ask, tool: call.name, args: call.args, chain, workspace, refused, taken, queued }] : [];
    });
  }

  /** Queues a decision. */
  receive(raw: unknown): void {
    const decision = toDecision(raw);
    if (!decision || this.#decisions.length >= KEPT_IN_ALL) return;
    // A run that an older version began has ignored such a signal.
    if (NEWER.has(decision.decision) && !patched('questions')) return;
    // After a Reset it may arrive before its call is requested.
    if (this.#decisions.filter(({ call }) => call === decision.call).length < KEPT) this.#decisions.push(decision);
  }

  /** Drops decisions about calls that no longer wait. */
  discardStale(): void {
    const kept = this.#decisions.filter(({ call }) => this.#open.has(call));
    this.#decisions.splice(0, this.#decisions.length, ...kept);
  }

  /** `kind`: the call asks the person something. */
  request(call: string, reason: string, kind?: Ask['kind']): void {
    this.#taken.delete(call);
    if (this.#open.has(call)) return;
    const asked = Date.now();
    const { approval_timeout_ms: most = FIXED.approvalMs } = this.run.input;
    const expires = most === null ? NO_EXPIRY : asked + most;
    this.#open.set(call, { call, ...(kind && { kind }), reason, asked, expires });
    const name = this.run.callOf(call)?.name ?? 'a tool';
    const need = kind ?? 'approval';
    tell(this.run, {
      ...({ type: 'needs_you', id: call, need, call } as const),
      reason: kind ? `question: ${reason}` : `approval of ${name}: ${reason}`,
    });
  }

  has(call: string): boolean {
    return this.#open.has(call);
  }

  isQuestion(call: string): boolean {
    return this.#open.get(call)?.kind === 'question';
  }

  /** The decision was refused; a valid one may still arrive. */
  refuse(call: string, reason: string): void {
    this.#taken.delete(call);
    this.#refused.set(call, reason);
  }

  async decided(call: string, mustMove: () => boolean): Promise<Decided> {
    const ask = this.#open.get(call);
    if (!ask) return 'expired';
    const at = (): number => this.#decisions.findIndex((decision) => decision.call === call);
    while ((await this.#until(() => at() >= 0 || mustMove(), ask)) === 'near the time limit')
      tellNearLimits(this.run, 'between replies');
    const [decision] = at() >= 0 ? this.#decisions.splice(at(), 1) : [];
    if (decision) {
      if (decides(decision)) {
        this.#hidesDecided ||= patched('decided-calls');
        this.#taken.set(call, decision.id);
      }
      return decision;
    }
    return Date.now() >= ask.expires ? 'expired' : 'moved';
  }

  /** Or until the time of the wait is over. */
  async #until(ready: () => boolean, ask: Ask): Promise<'near the time limit' | 'over'> {
    const untilExpiry = ask.expires === NO_EXPIRY ? Number.POSITIVE_INFINITY : ask.expires - Date.now();
    const untilEnd = Math.max(1, Math.min(untilExpiry, this.run.timeLeft ?? Number.POSITIVE_INFINITY));
    const left = Math.min(untilEnd, untilTimeMark(this.run) ?? untilEnd);
    if (left === Number.POSITIVE_INFINITY) await condition(ready);
    else if (await condition(ready, left, { summary: this.#summaryOf(ask) })) return 'over';
    return left < untilEnd && this.run.timeLeft !== 0 ? 'near the time limit' : 'over';
  }

  /** Whether a call waits for a person. */
  get isWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** The call is sent to a worker, with its decision. */
  begin(mirroring: MirrorQueue): void {
    if (this.#hidesDecided) this.#publish(mirroring);
  }

  /** `call` has its result. */
  close(call: string, mirroring: MirrorQueue): void {
    if (!this.has(call)) return;
    this.#forget(call);
    if (this.#hidesDecided) this.#publish(mirroring);
    else if (this.isWaiting) this.show(mirroring);
    else this.#leave();
  }

  /** Publishes that the task waits, and for which calls. */
  show(mirroring: MirrorQueue): void {
    const wait = this.#wait;
    if (!wait) return;
    this.#published = wait.reason;
    mirroring.flush();
    this.run.show(wait.phase, wait.reason);
    writeWait(this.run, wait.phase, wait);
    updateSearchAttributes(this.run, 'Waiting');
  }

  /** The call waits as it did before it was judged again: what is published of it stays. */
  showAgain(): void {
    const wait = this.#wait;
    if (wait) this.run.show(wait.phase, wait.reason);
  }

  /** Forgets the call, and all decisions about it. */
  #forget(call: string): void {
    this.#open.delete(call);
    this.#refused.delete(call);
    this.#taken.delete(call);
    for (let i = this.#decisions.length - 1; i >= 0; i--) {
      if (this.#decisions[i]?.call === call) this.#decisions.splice(i, 1);
    }
  }

  /** A command that was approved may run for long: what is published must not say that it waits. */
  #publish(mirroring: MirrorQueue): void {
    const reason = this.#wait?.reason ?? null;
    if (reason === this.#published) return;
    if (reason === null) this.#leave();
    else this.show(mirroring);
  }

  /** No call waits any more. */
  #leave(): void {
    this.#published = null;
    this.run.reason = null;
    writeWaitOver();
    updateSearchAttributes(this.run, 'Running');
  }

  /** Of the timer that ends the wait. */
  #summaryOf({ call, kind, reason }: Ask): string {
    const judged = this.run.judged.find((one) => one.call === call);
    return kind ? timerSummary(kind, reason) : timerSummary('approval', judged?.summary ?? reason);
  }

  get #waiting(): readonly Ask[] {
    return this.#hidesDecided ? this.open.filter(({ call }) => !this.#taken.has(call)) : this.open;
  }

  get #wait(): { readonly phase: Phase; readonly reason: string; readonly text?: string } | undefined {
    const [first, ...others] = this.#waiting;
    if (!first) return undefined;
    const id = first.call.slice(0, 8);
    const more = others.length === 0 ? '' : `, and ${others.length} more`;
    if (first.kind === 'question') {
      const reason = `waiting for the answer to question ${id}${more}: ${first.reason}`;
      return { phase: 'waiting_question', reason, text: first.reason };
    }
    const name = this.run.callOf(first.call)?.name ?? 'a tool';
    const reason = `waiting for approval of call ${id} (${name})${more}: ${first.reason}`;
    const text = this.run.judged.find(({ call }) => call === first.call)?.summary;
    return { phase: 'waiting_approval', reason, ...(text === undefined ? {} : { text }) };
  }
}

/** Otherwise the call is judged again, and still waits. */
export function decides({ decision }: Decision): boolean {
  return decision !== 'judge';
}

// ---

/** Decisions that older versions do not know. */
const NEWER: ReadonlySet<Decision['decision']> = new Set<Decision['decision']>(['answer', 'judge']);
