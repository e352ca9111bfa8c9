/**
 * The limits of a task against what it has spent, as the history tells both: a warning at 80 %, and one event at the bound,
 * once for each value of a limit.
 */
import { type RaisedLimits, raisedBy } from '../domain/control.js';
import type { Limits } from '../domain/limits.js';
import { nearLimits, type Spent } from '../domain/reached-limit.js';
import type { LimitEvent } from './event-bodies.js';

interface SpentAt extends Omit<Spent, 'time'> {
  /** Milliseconds since 1970: when the task had spent it. */
  readonly at: number;
}

export class LimitEvents {
  readonly #told = new Set<string>();
  #limits: Limits;

  /** `since`: when the time of the task began to count, in milliseconds since 1970. */
  constructor(
    limits: Limits,
    private readonly since: number,
  ) {
    this.#limits = limits;
  }

  raise(by: RaisedLimits): void {
    this.#limits = { ...this.#limits, ...raisedBy(this.#limits, by) };
  }

  capIterations(most: number): void {
    this.#limits = { ...this.#limits, max_iterations: Math.min(most, this.#limits.max_iterations) };
  }

  /** @returns what has not been told yet */
  at({ at, ...spent }: SpentAt): LimitEvent[] {
    const time = Math.max(0, Math.round(at - this.since));
    return nearLimits(this.#limits, { ...spent, time }).flatMap(({ kind, limit, used, isReached }): LimitEvent[] => {
      const state = isReached ? 'reached' : 'warning';
      const name = `${kind} ${limit} ${state}`;
      if (this.#told.has(name)) return [];
      this.#told.add(name);
      return [{ type: 'limit', state, kind, used, limit }];
    });
  }
}
