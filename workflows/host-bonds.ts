/**
 * What binds a task to its host: what its calls have left there, and unsafe calls that may have been started there.
 * Decides whether another host may take the task without a person's word. Schedules nothing.
 */

import type { JudgedCall } from '../src/domain/activity-calls.js';
import type { Carried, CarriedBonds } from '../src/domain/continue-as-new.js';
import type { LostHost } from '../src/domain/host-change.js';
import type { TaskInput } from '../src/domain/protocol.js';

/** An unsafe call that is being sent; `lost`: an earlier attempt may have started it. */
export interface SentCall {
  readonly id: string;
  lost: boolean;
}

export class HostBonds {
  #shared: boolean;
  #traces: boolean;
  readonly #claimed: Set<string>;
  #inherited: ReadonlySet<string>;
  /** The host that does not take the task's activities, while the task looks for another one. */
  lost: LostHost | null;

  constructor(input: TaskInput, carried: Carried | undefined) {
    const { shared, traces, claimed, inherited, lost } = carried?.bound ?? initialBonds(input, carried);
    this.#shared = shared;
    this.#traces = traces;
    this.#claimed = new Set(claimed);
    this.#inherited = new Set(inherited);
    this.lost = lost;
  }

  get carried(): CarriedBonds {
    return {
      shared: this.#shared,
      traces: this.#traces,
      claimed: [...this.#claimed],
      inherited: [...this.#inherited],
      lost: this.lost,
    };
  }

  /** Unsafe calls that may have been started and have no result. */
  get claimed(): readonly string[] {
    return [...this.#claimed];
  }

  /** A host has answered: the first one, or another one. `open`: the calls of the last reply that have no result. */
  settleAt(shared: boolean, open: readonly JudgedCall[]): void {
    this.#shared = shared;
    if (this.lost) this.#inherited = new Set(open.map(({ call }) => call));
    this.lost = null;
  }

  /** The task leaves its host by a person's word, whatever lies there. */
  leave(lost: LostHost): void {
    this.lost = lost;
  }

  /** A reply was accepted: all calls before it have their results. */
  noteReply(judged: readonly JudgedCall[]): void {
    this.#claimed.clear();
    this.#traces ||= judged.some(({ traces, verdict }) => traces && verdict !== 'refuse');
  }

  noteSent({ id }: SentCall): void {
    this.#claimed.add(id);
  }

  /** The call has a result, or has certainly not been started. */
  noteAnswered({ id }: SentCall, ran: boolean): void {
    this.#traces ||= ran;
    this.#claimed.delete(id);
  }

  isInherited(call: string): boolean {
    return this.#inherited.has(call);
  }

  /** `own`: the call that waits, when it is an unsafe one. */
  mayLeave(own: SentCall | undefined): boolean {
    if (own?.lost) return false;
    return this.claimed.every((id) => id === own?.id) && (this.#shared || !this.#traces);
  }
}

// ---

/**
 * An earlier version did not note what its calls left, and another program's calls are not known. What a task continues
 * from lies on its host, with the claims of its open calls.
 */
function initialBonds({ adopted, continues }: TaskInput, carried: Carried | undefined): CarriedBonds {
  const traces = carried !== undefined || adopted !== undefined || (continues?.iterations ?? 0) > 0;
  const claimed = (continues?.calls ?? []).filter(({ replay }) => replay === 'unsafe').map(({ call }) => call);
  return { shared: false, traces, claimed, inherited: [], lost: null };
}
