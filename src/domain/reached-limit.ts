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
  return problemOf(limits, spent, KINDS);
}

export function timeLimitSentence({ max_time_ms }: Limits): string {
  return `Time limit of ${Math.round((max_time_ms ?? 0) / 1000)} s reached`;
}

/** How a person lets a task continue that waits at a limit. */
export function howToRaise(workflowId: string, problem: LimitProblem): string {
  const id = fileNameOf(workflowId);
  const raise = `rookery raise ${id} ${raiseOption(problem)}`;
  return `${problem.sentence}; \`${raise}\` lets it continue, \`rookery cancel ${id}\` ends it`;
}

/** The option that raises the limit: twice its value is proposed. */
export function raiseOption({ kind, limit }: LimitProblem): string {
  return `${LIMIT_FLAGS[kind]} ${kind === 'time' ? `${Math.ceil(limit / 500)}s` : 2 * limit}`;
}

/** The option with which a task continues that failed with this error; undefined: it did not fail at a limit. */
export function raiseOptionAfter(error: string | null): string | undefined {
  const [, word = '', value = ''] = REACHED.exec(error ?? '') ?? [];
  const kind = KINDS.find((one) => NAMES[one] === word.toLowerCase());
  return kind && raiseOption({ kind, limit: Number(value) * (kind === 'time' ? 1000 : 1), sentence: error ?? '' });
}

/** Like `raiseOption`, of a limit that may have been passed by far: the value lets the task continue. */
export function optionBeyond(problem: LimitProblem, limits: Limits, spent: Spent): string {
  const used = nearLimits(limits, spent).find(({ kind }) => kind === problem.kind)?.used ?? 0;
  const limit = Math.max(problem.limit, problem.kind === 'cost' ? Math.ceil(used * 100) / 100 : used);
  return raiseOption({ ...problem, limit });
}

/** The limits of which four fifths were not used before, and are now: each value of a limit has one warning. */
export function limitWarnings(
  limits: Limits,
  { before, now }: { readonly before: Spent; readonly now: Spent },
): LimitProblem[] {
  const known = new Set(nearLimits(limits, before).map(({ kind }) => kind));
  return nearLimits(limits, now)
    .filter(({ kind }) => !known.has(kind))
    .map(({ kind, limit, used }) => {
      return { kind, limit, sentence: `${shareOf(used, limit)} of the ${NAMES[kind]} limit is used` };
    });
}

export interface NearLimit {
  readonly kind: LimitKind;
  readonly limit: number;
  /** Replies, tokens as the limit counts them, US dollars, or milliseconds. */
  readonly used: number;
  readonly isReached: boolean;
}

/** The limits of which four fifths or more are used. */
export function nearLimits(limits: Limits, spent: Spent): NearLimit[] {
  return KINDS.flatMap((kind) => {
    const limit = limitValue(limits, kind);
    const used = usedOf(kind, spent);
    return limit === null || used < limit * WARNED_AT ? [] : [{ kind, limit, used, isReached: used >= limit }];
  });
}

// ---

const KINDS = ['iterations', 'tokens', 'cost', 'time'] as const;

/** As `sentenceOf` has it. */
const REACHED = /^(Iteration|Token|Cost|Time) limit of \$?(\S+?)(?: s)? reached/;

const NAMES: Readonly<Record<LimitKind, string>> = {
  iterations: 'iteration',
  tokens: 'token',
  cost: 'cost',
  time: 'time',
};

/** The flag of each limit. */
const LIMIT_FLAGS: Readonly<Record<LimitKind, string>> = {
  iterations: '--max-iterations',
  tokens: '--max-total-tokens',
  cost: '--max-cost',
  time: '--max-time',
};

function problemOf(limits: Limits, spent: Spent, kinds: readonly LimitKind[]): LimitProblem | undefined {
  const kind = kinds.find((one) => usedOf(one, spent) >= (limitValue(limits, one) ?? Number.POSITIVE_INFINITY));
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

function usedOf(kind: LimitKind, { iterations, usage, time }: Spent): number {
  return { iterations, tokens: countedTokens(usage), cost: usage.cost?.usd ?? 0, time }[kind];
}

function shareOf(part: number, whole: number): string {
  return `${Math.floor((part / whole) * 100)} %`;
}
