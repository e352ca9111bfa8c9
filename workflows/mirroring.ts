/**
 * Keeps the mirror fresh without slowing the loop: one write in flight beside the next iteration; while it runs, the
 * newest state is owed and goes when it returns. A mirror that cannot be written stalls nothing.
 */
import { CancellationScope, condition, isCancellation } from '@temporalio/workflow';
import type { Message } from '../src/domain/conversation.js';
import type { Found } from '../src/domain/foreign.js';
import { type Base, type Mirrored, type MirrorInput, TASK_QUEUE } from '../src/domain/protocol.js';
import { mirror } from './activities.js';
import type { Dispatch } from './dispatch.js';
import { failureType } from './failures.js';
import type { Run } from './run.js';

export class Mirroring {
  #scope: CancellationScope | undefined;
  #active = false;
  #owed = false;
  behindSince: number | null = null;

  constructor(
    private readonly run: Run,
    private readonly dispatch: Dispatch,
    /** Another program wrote into the task's file. */
    private readonly onFound: (found: Found) => void,
  ) {}

  /** The record has changed. */
  poke(): void {
    this.#owed = true;
    this.behindSince ??= Date.now();
    if (this.#active) return;
    this.#active = true;
    // A cancel of the task must not stop the write that shows it.
    void CancellationScope.nonCancellable(() => {
      this.#scope = new CancellationScope();
      return this.#scope.run(() => this.#write());
    });
  }

  /** Waits until nothing is owed, but not for ever: `reconcile` mends what is left. False: something is left. */
  async settle(timeout: string): Promise<boolean> {
    if (await condition(() => !this.#active, timeout as '1 second')) return this.behindSince === null;
    this.#scope?.cancel();
    return false;
  }

  async #write(): Promise<void> {
    try {
      while (this.#owed) await this.#writeOnce();
    } finally {
      // At once, in the same step that found nothing owed: a change that comes later must find nobody at work.
      this.#active = false;
    }
  }

  async #writeOnce(): Promise<void> {
    this.#owed = false;
    const since = this.behindSince;
    try {
      const { found } = await this.dispatch.send((base, groups) => this.#schedule(base, groups), true);
      if (found) this.onFound(found);
      // A change that came meanwhile has been waiting since about now.
      this.behindSince = this.#owed ? Date.now() : null;
    } catch (error) {
      this.behindSince = since;
      this.#owed = false;
      // A refused start writes no file, and a stopped write is owed to reconcile.
      if (!isCancellation(error) && failureType(error) === undefined) throw error;
    }
  }

  /** Record and conversation of one moment, also when they are sent a second time. */
  #schedule(base: Base, groups: Message[][]) {
    const { input, host, record } = this.run;
    const { usage: _, created_at, ...shown } = record;
    const mirrored: Mirrored = input.created_at === undefined ? { ...shown, created_at } : shown;
    const given: MirrorInput = { ...base, record: mirrored };
    return mirror.executeWithOptions({ taskQueue: host ?? TASK_QUEUE }, [given, ...groups]);
  }
}
