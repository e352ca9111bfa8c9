/**
 * The limits of a task against what it has spent, as the history tells both: a warning at 80 %, and one event at the bound,
 * once for each value of a limit.
 */
import { type LimitKind, type RaisedLimits, raisedBy } from '../domain/control.js';
import { countedTokens } from '../domain/cost.js';
import type { Limits } from '../domain/limits.js';
import { WARNED_AT } from '../domain/reached-limit.js';
import type { Usage } from '../domain/task.js';
import type { LimitEvent } from './event-bodies.js';

interface SpentAt {
  /** Accepted replies that count against the limit. */
  readonly iterations: number;
  readonly usage: Usage;
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
  at(spent: SpentAt): LimitEvent[] {
    return this.#amounts(spent).flatMap(([kind, used, limit]): LimitEvent[] => {
      if (limit === null || used < limit * WARNED_AT) return [];
      const state = used < limit ? 'warning' : 'reached';
      const name = `${kind} ${limit}`;
      if (this.#told.has(`${name} ${state}`)) return [];
      this.#told.add(`${name} ${state}`);
      return [{ type: 'limit', state, kind, used, limit }];
    });
  }

  #amounts({ iterations, usage, at }: SpentAt): readonly (readonly [LimitKind, number, number | null])[] {
    const { max_iterations, max_total_tokens, max_cost_usd, max_time_ms } = this.#limits;
    return [
      ['iterations', iterations, max_iterations],
      ['tokens', countedTokens(usage), max_total_tokens],
      ['cost', usage.cost?.usd ?? 0, max_cost_usd],
      ['time', Math.max(0, Math.round(at - this.since)), max_time_ms],
    ];
  }
}
