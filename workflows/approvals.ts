/**
 * The calls of a task that wait for a person's approval. Waiting is durable and holds no worker slot: hours without a worker
 * count for the time limit of an approval, and change nothing else. Decides nothing about who approved: an activity
 * verifies each decision before it counts.
 */
import { condition, upsertMemo, workflowInfo } from '@temporalio/workflow';
import type { Carried } from '../src/domain/continue-as-new.js';
import { FIXED } from '../src/domain/limits.js';
import { type Approval, type Ask, type Decision, toDecision } from '../src/domain/messages.js';
import { MEMO_PHASE } from '../src/domain/protocol.js';
import type { MirrorQueue } from './mirror-queue.js';
import { updateSearchAttributes } from './search-attributes.js';
import type { TaskRun } from './task-state.js';

/** `moved`: history is long, or the task's time is over: the loop goes on from here. */
export type Decided = Decision | 'expired' | 'moved';

/** Anybody can send a signal: more than these for one call are dropped; who decides sends again until it has an effect. */
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

  /** What waits, exactly as it would run. */
  get shown(): Approval[] {
    const { firstExecutionRunId: chain } = workflowInfo();
    const { workspace = '' } = this.run.input;
    return this.open.flatMap((ask) => {
      const call = this.run.callOf(ask.call);
      const refused = this.#refused.get(ask.call) ?? null;
      return call ? [{ ...ask, tool: call.name, args: call.args, chain, workspace, refused }] : [];
    });
  }

  /** Keeps a decision for its turn. */
  receive(raw: unknown): void {
    const decision = toDecision(raw);
    if (!decision || this.#decisions.length >= KEPT_IN_ALL) return;
    // After a Reset it may come before its call is asked for.
    if (this.#decisions.filter(({ call }) => call === decision.call).length < KEPT) this.#decisions.push(decision);
  }

  /** What is about no call that waits is about nothing. */
  discardStale(): void {
    const kept = this.#decisions.filter(({ call }) => this.#open.has(call));
    this.#decisions.splice(0, this.#decisions.length, ...kept);
  }

  request(call: string, reason: string): void {
    if (this.#open.has(call)) return;
    const asked = Date.now();
    this.#open.set(call, { call, reason, asked, expires: asked + FIXED.approvalMs });
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

  /** A decision did not count; the true one may still come. */
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

  /** Tells everybody that the task waits, and for what. */
  show(mirroring: MirrorQueue): void {
    const [first, ...others] = this.open;
    if (!first) return;
    const name = this.run.callOf(first.call)?.name ?? 'a tool';
    const more = others.length === 0 ? '' : `, and ${others.length} more`;
    const reason = `waiting for approval of call ${first.call.slice(0, 8)} (${name})${more}: ${first.reason}`;
    mirroring.flush();
    this.run.show('waiting_approval', reason);
    upsertMemo({ [MEMO_PHASE]: { phase: 'waiting_approval', reason } });
    updateSearchAttributes(this.run, 'Waiting');
  }

  /** Nothing waits any more. */
  leave(): void {
    this.run.reason = null;
    upsertMemo({ [MEMO_PHASE]: { phase: 'thinking', reason: null } });
    updateSearchAttributes(this.run, 'Running');
  }
}
