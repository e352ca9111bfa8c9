/**
 * Hands an activity the conversation: by its token, and only when the worker has not got it, whole. So history holds the
 * conversation once, and once more for each change of worker.
 */
import type { Message } from '../src/domain/conversation.js';
import type { Base, Needed } from '../src/domain/protocol.js';
import type { Run } from './run.js';

type Lean = 'lean' | 'expect' | 'whole';
export type Schedule<R> = (base: Base, groups: Message[][]) => Promise<R | Needed>;

export class Dispatch {
  #startSent = false;
  #startTaken = false;
  /** The token that was last sent whole: its worker has it, or is about to. */
  #shipped: string | null | undefined;

  constructor(private readonly run: Run) {}

  /** `beside`: it runs beside an activity that brings the start, and so need not bring it again. */
  async send<R extends { kind: string }>(schedule: Schedule<R>, beside = false): Promise<Exclude<R, Needed>> {
    let how: Lean = beside && this.#startSent && !this.#startTaken ? 'expect' : 'lean';
    for (;;) {
      const token = this.run.state;
      const { base, groups } = this.#parcel(how);
      const result = await schedule(base, groups);
      if (result.kind !== 'needed') {
        this.#startTaken = true;
        return result as Exclude<R, Needed>;
      }
      // A newer result came meanwhile: the worker that gave it has the conversation.
      if (this.run.state !== token) how = 'lean';
      else how = this.#shipped === token && how !== 'expect' ? 'expect' : 'whole';
    }
  }

  /** A worker died: what was sent to it is lost. */
  forget(): void {
    this.#shipped = undefined;
  }

  #parcel(how: Lean): { base: Base; groups: Message[][] } {
    const { state, input } = this.run;
    const { whole, tail } = this.run.groups();
    const first = !this.#startSent && how !== 'expect';
    const sendsWhole = how === 'whole' || (state === null && whole.length > 0);
    if (how === 'whole' || first) this.#startSent = true;
    if (sendsWhole) this.#shipped = state;
    return {
      base: {
        state,
        ...(sendsWhole ? { whole: whole.length } : {}),
        ...(how === 'whole' || first ? { start: input } : {}),
        ...(how === 'expect' ? { expect: true as const } : {}),
      },
      groups: sendsWhole ? [...whole, ...tail] : tail,
    };
  }
}
