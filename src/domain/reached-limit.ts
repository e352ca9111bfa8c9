/** When a task has reached a limit, or is near it, and what a person is told of it. Pure. */
import type { LimitKind } from './control.js';
import { countedTokens } from './cost.js';
import type { Limits } from './limits.js';
import type { Usage } from './task.js';
import { fileNameOf } from './task-id.js';

/** The part of a limit at which a person is warned. */
export const WARNED_AT = 0.8;

/** What a task has used so far. */
export interface Spent {
  /** Accepted replies that count. */
  readonly iterations: number;
  readonly usage: Usage;
  /** Milliseconds since its start. */
  readonly time: number;
}

export interface LimitProblem {
  readonly kind: LimitKind;
  /** The value of the limit. */
  readonly limit: number;
  readonly sentence: string;
}

/** Which limit is reached, in tokens, money or time; undefined when there is more. */
export function spentLimit(limits: Limits, spent: Omit<Spent, 'iterations'>): LimitProblem | undefined {
  return problemOf(limits, { ...spent, iterations: 0 }, ['tokens', 'cost', 'time']);
}

/** Which limit is reached; undefined for none. */
export function reachedLimit(limits: Limits, spent: Spent): LimitProblem | undefined {
  return problemOf(limits, spent, ['iterations', 'tokens', 'cost', 'time']);
}

export function timeLimitSentence({ max_time_ms }: Limits): string {
  return `Time limit of ${Math.round((max_time_ms ?? 0) / 1000)} s reached`;
}

/** How a person lets a task continue that waits at a limit: twice the value is proposed. */
export function howToRaise(workflowId: string, { kind, limit, sentence }: LimitProblem): string {
  const id = fileNameOf(workflowId);
  const twice = kind === 'time' ? `${Math.ceil(limit / 500)}s` : String(2 * limit);
  const raise = `rookery raise ${id} ${FLAGS[kind]} ${twice}`;
  return `${sentence}; \`${raise}\` lets it continue, \`rookery cancel ${id}\` ends it`;
}

/** The limits of which four fifths were not used before, and are now: each value of a limit has one warning. */
export function limitWarnings(
  limits: Limits,
  { before, now }: { readonly before: Spent; readonly now: Spent },
): LimitProblem[] {
  return (['iterations', 'tokens', 'cost', 'time'] as const).flatMap((kind) => {
    const limit = limitValue(limits, kind);
    if (limit === null || used(kind, before) >= limit * WARNED_AT || used(kind, now) < limit * WARNED_AT) return [];
    return [{ kind, limit, sentence: `${shareOf(used(kind, now), limit)} of the ${NAMES[kind]} limit is used` }];
  });
}

// ---

const NAMES: Readonly<Record<LimitKind, string>> = {
  iterations: 'iteration',
  tokens: 'token',
  cost: 'cost',
  time: 'time',
};

const FLAGS: Readonly<Record<LimitKind, string>> = {
  iterations: '--max-iterations',
  tokens: '--max-total-tokens',
  cost: '--max-cost',
  time: '--max-time',
};

function problemOf(limits: Limits, spent: Spent, kinds: readonly LimitKind[]): LimitProblem | undefined {
  const kind = kinds.find((one) => used(one, spent) >= (limitValue(limits, one) ?? Number.POSITIVE_INFINITY));
  return kind && { kind, limit: limitValue(limits, kind) ?? 0, sentence: sentenceOf(limits, kind) };
}

function sentenceOf(limits: Limits, kind: LimitKind): string {
  switch (kind) {
    case 'iterations':
      return `Iteration limit of ${limits.max_iterations} reached`;
    case 'tokens':
      return `Token limit of ${limits.max_total_tokens} reached`;
    case 'cost':
      return `Cost limit of $${limits.max_cost_usd} reached`;
    case 'time':
      return timeLimitSentence(limits);
  }
}

function limitValue(limits: Limits, kind: LimitKind): number | null {
  return {
    iterations: limits.max_iterations,
    tokens: limits.max_total_tokens,
    cost: limits.max_cost_usd,
    time: limits.max_time_ms,
  }[kind];
}

function used(kind: LimitKind, { iterations, usage, time }: Spent): number {
  return { iterations, tokens: countedTokens(usage), cost: usage.cost?.usd ?? 0, time }[kind];
}

function shareOf(part: number, whole: number): string {
  return `${Math.floor((part / whole) * 100)} %`;
}
