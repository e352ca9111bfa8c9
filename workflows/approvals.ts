/**
 * The calls of a task that wait for approval. Waiting is durable and holds no worker slot: hours without a worker count
 * for the time limit of an approval, and change nothing else. An activity verifies each decision before it counts.
 */
import { condition, workflowInfo } from '@temporalio/workflow';
import type { Carried } from '../src/domain/continue-as-new.js';
import { FIXED } from '../src/domain/limits.js';
import { type Approval, type Ask, type Decision, toDecision } from '../src/domain/messages.js';
import type { MirrorQueue } from './mirror-queue.js';
import { needsYou } from './needs-you.js';
import { updateSearchAttributes } from './search-attributes.js';
import { writeWait, writeWaitOver } from './task-memo.js';
import type { TaskRun } from './task-state.js';

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
      return call ? [{ ...ask, tool: call.name, args: call.args, chain, workspace, refused }] : [];
    });
  }

  /** Queues a decision. */
  receive(raw: unknown): void {
    const decision = toDecision(raw);
    if (!decision || this.#decisions.length >= KEPT_IN_ALL) return;
    // After a Reset it may arrive before its call is requested.
    if (this.#decisions.filter(({ call }) => call === decision.call).length < KEPT) this.#decisions.push(decision);
  }

  /** Drops decisions about calls that no longer wait. */
  discardStale(): void {
    const kept = this.#decisions.filter(({ call }) => this.#open.has(call));
    this.#decisions.splice(0, this.#decisions.length, ...kept);
  }

  request(call: string, reason: string): void {
    if (this.#open.has(call)) return;
    const asked = Date.now();
    this.#open.set(call, { call, reason, asked, expires: asked + FIXED.approvalMs });
    const name = this.run.callOf(call)?.name ?? 'a tool';
    needsYou({ id: call, call, reason: `approval of ${name}: ${reason}` });
  }

  has(call: string): boolean {
    return this.#open.has(call);
  }

  /** The call has its result. */
  settle(call: string): void {
    this.#open.delete(call);
    this.#refused.delete(call);
    for (let i = this.#decisions.length - 1; i >= 0; i--) {
      if (this.#decisions[i]?.call === call) this.#decisions.splice(i, 1);
    }
  }

  /** The decision was refused; a valid one may still arrive. */
  refuse(call: string, reason: string): void {
    this.#refused.set(call, reason);
  }

  async decided(call: string, mustMove: () => boolean): Promise<Decided> {
    const ask = this.#open.get(call);
    if (!ask) return 'expired';
    const left = Math.max(1, Math.min(ask.expires - Date.now(), this.run.timeLeft ?? Number.POSITIVE_INFINITY));
    const at = (): number => this.#decisions.findIndex((decision) => decision.call === call);
    await condition(() => at() >= 0 || mustMove(), left);
    const [decision] = at() >= 0 ? this.#decisions.splice(at(), 1) : [];
    if (decision) return decision;
    return Date.now() >= ask.expires ? 'expired' : 'moved';
  }

  /** Publishes that the task waits, and for which calls. */
  show(mirroring: MirrorQueue): void {
    const [first, ...others] = this.open;
    if (!first) return;
    const name = this.run.callOf(first.call)?.name ?? 'a tool';
    const more = others.length === 0 ? '' : `, and ${others.length} more`;
    const reason = `waiting for approval of call ${first.call.slice(0, 8)} (${name})${more}: ${first.reason}`;
    mirroring.flush();
    this.run.show('waiting_approval', reason);
    const text = this.run.judged.find(({ call }) => call === first.call)?.summary;
    writeWait(this.run, 'waiting_approval', { reason, ...(text === undefined ? {} : { text }) });
    updateSearchAttributes(this.run, 'Waiting');
  }

  /** No call waits any more. */
  leave(): void {
    this.run.reason = null;
    writeWaitOver();
    updateSearchAttributes(this.run, 'Running');
  }
}
