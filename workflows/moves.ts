/**
 * Messages that move the task to another host. A worker of that host verifies one, and writes the task's files there,
 * before anything of the task is disturbed; without such a worker the message waits. The first that is verified counts.
 */
import { CancellationScope, isCancellation, patched, setHandler } from '@temporalio/workflow';
import type { Carried } from '../src/domain/continue-as-new.js';
import { type HostReport, type MoveAnswer, type MoveMessage, toMoveMessage } from '../src/domain/host-change.js';
import { toSignedMessage } from '../src/domain/messages.js';
import { failureType, troubleOf } from './classify-failure.js';
import { moveSignal } from './definitions.js';
import type { Dispatch } from './dispatch.js';
import type { PendingMirror } from './pending-mirror.js';

/** Any client can send a signal: of more messages the oldest give way. A sender that sees no effect repeats its own. */
const KEPT = 8;
const KEPT_IDS = 32;

interface Subjects {
  readonly dispatch: Dispatch;
  readonly pendingMirror: PendingMirror;
  /** Gives up what is in flight on the host that had the task. */
  readonly onMoved: () => void;
}

export class Moves {
  readonly #pending = new Map<MoveMessage, CancellationScope>();
  readonly #handled: string[];
  /** The last one, for the query `status`. */
  answer: MoveAnswer | null = null;

  constructor(
    private readonly subjects: Subjects,
    carried: Carried | undefined,
  ) {
    this.#handled = [...(carried?.moved ?? [])];
    for (const message of carried?.moves ?? []) this.#begin(message);
    setHandler(moveSignal, (raw) => {
      const message = toMoveMessage(toSignedMessage(raw), raw);
      if (message && !this.#isKnown(message)) this.#begin(message);
    });
  }

  get carried(): Pick<Carried, 'moves' | 'moved'> {
    const moves = [...this.#pending.keys()];
    return {
      ...(moves.length > 0 ? { moves } : {}),
      ...(this.#handled.length > 0 ? { moved: this.#handled } : {}),
    };
  }

  /** A message that was verified counts once: its copy in the history cannot be used again. */
  #isKnown({ id }: MoveMessage): boolean {
    return this.#handled.includes(id) || [...this.#pending.keys()].some((pending) => pending.id === id);
  }

  #begin(message: MoveMessage): void {
    // A run that an older version began has ignored such a signal.
    if (!patched('move')) return;
    for (const [oldest, scope] of this.#pending) {
      if (this.#pending.size < KEPT) break;
      this.#pending.delete(oldest);
      scope.cancel();
    }
    const scope = new CancellationScope();
    this.#pending.set(message, scope);
    this.answer = { host: message.host, state: 'pending', reason: null };
    void scope.run(() => this.#ask(message));
  }

  async #ask(message: MoveMessage): Promise<void> {
    const { dispatch, pendingMirror } = this.subjects;
    try {
      pendingMirror.markDirty();
      const result = await dispatch.send(
        ({ base, groups, where, activities }) =>
          activities.mirror.executeWithOptions(where, [{ ...base, move: message }, ...groups]),
        { to: message.host },
        'whole',
      );
      if (result.kind === 'written') this.#accept(message, result);
      else this.#refuse(message, result.reason);
    } catch (error) {
      // The message gave way to another one, or the task has ended.
      if (isCancellation(error)) return;
      if (failureType(error) === undefined) throw error;
      const trouble = troubleOf(error);
      this.#refuse(message, 'reason' in trouble ? trouble.reason : 'its worker could not write the files');
    }
  }

  #accept(message: MoveMessage, report: HostReport & { readonly restored?: string }): void {
    const { dispatch, pendingMirror, onMoved } = this.subjects;
    const others = [...this.#pending].filter(([other]) => other !== message);
    this.#pending.clear();
    for (const [, scope] of others) scope.cancel();
    this.#handled.push(message.id);
    this.#handled.splice(0, this.#handled.length - KEPT_IDS);
    this.answer = { host: message.host, state: 'moved', reason: report.restored ?? null };
    dispatch.moveTo(message.host, report);
    pendingMirror.markDirty();
    onMoved();
  }

  #refuse(message: MoveMessage, reason: string): void {
    this.#pending.delete(message);
    // The state went to a host that did not write it.
    this.subjects.pendingMirror.markDirty();
    this.answer = { host: message.host, state: 'refused', reason };
  }
}
