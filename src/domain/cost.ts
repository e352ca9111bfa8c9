/**
 * What replies cost, in US dollars, from token counts and prices. A reply without a known price has no figure and is
 * counted as such: a cost is never guessed. Pure: activities compute, the workflow adds up, the command shows.
 */

/** US dollars per million tokens. */
export interface ModelPrice {
  readonly input: number;
  /** Input tokens that were read from the provider's prompt cache. Absent: as `input`. */
  readonly cached_input?: number;
  /** Input tokens that were written to it. Absent: as `input`. */
  readonly cache_write?: number;
  /** Reasoning included. */
  readonly output: number;
}

/**
 * `provider`: the provider's own figure came with the reply. `prices`: from the price list of the package. `config`: from
 * the user's own prices. `mixed`: a sum of several.
 */
export type CostSource = 'provider' | 'prices' | 'config' | 'mixed';

/** The cost of one reply. */
export interface ReplyCost {
  readonly usd: number;
  readonly source: CostSource;
}

/** The sum over several replies. */
export interface TaskCost {
  readonly usd: number;
  /** Null: no reply so far has a figure. */
  readonly source: CostSource | null;
  /** Replies without a figure. */
  readonly unpriced: number;
}

/** What counts of a usage: the cached tokens are part of `input_tokens`. */
export interface PricedTokens {
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cached_input_tokens?: number;
  readonly cache_write_tokens?: number;
}

/** A sum with at least one figure. */
export interface KnownCost extends TaskCost {
  readonly source: CostSource;
}

/** A part of a usage. */
export interface WithCost {
  readonly total_tokens: number;
  readonly cost?: TaskCost;
}

export function dollarsOf(usage: PricedTokens, price: ModelPrice): number {
  const cached = Math.min(usage.cached_input_tokens ?? 0, usage.input_tokens);
  const written = Math.min(usage.cache_write_tokens ?? 0, usage.input_tokens - cached);
  const dollars =
    (usage.input_tokens - cached - written) * price.input +
    cached * (price.cached_input ?? price.input) +
    written * (price.cache_write ?? price.input) +
    usage.output_tokens * price.output;
  return rounded(dollars / 1e6);
}

/** The cost of one reply as a sum; `reply` undefined: not known. */
export function costOfReply(reply: ReplyCost | undefined): TaskCost {
  return reply ? { ...reply, unpriced: 0 } : { usd: 0, source: null, unpriced: 1 };
}

/** @returns null when no reply has a figure */
export function knownCost(cost: TaskCost | undefined): KnownCost | null {
  return cost && cost.source !== null ? { ...cost, source: cost.source } : null;
}

/** Both together. What has tokens and says nothing about their cost counts as one reply without a figure. */
export function addCosts(a: WithCost, b: WithCost): TaskCost | undefined {
  if (!a.cost && !b.cost) return undefined;
  const [left, right] = [a, b].map(
    ({ cost, total_tokens }) => cost ?? { usd: 0, source: null, unpriced: total_tokens > 0 ? 1 : 0 },
  ) as [TaskCost, TaskCost];
  return {
    usd: rounded(left.usd + right.usd),
    source: sourceOfBoth(left.source, right.source),
    unpriced: left.unpriced + right.unpriced,
  };
}

/** For people: cents from one dollar on, four digits where a cent would hide it. */
export function dollars(usd: number): string {
  if (usd === 0) return '$0';
  if (usd < 0.0001) return 'under $0.0001';
  return `$${usd.toFixed(usd < 1 ? 4 : 2)}`;
}

/** A count for people, `1,234,567`: `toLocaleString` takes longer in a workflow than a whole transition. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ',');
}

export const UNKNOWN_COST = 'not known: there is no price for the model, so no cost limit counts it';

/** The sum as a person reads it; undefined before the first reply. */
export function costText(cost: TaskCost | null | undefined): string | undefined {
  if (!cost) return undefined;
  if (cost.source === null) return UNKNOWN_COST;
  const missing = cost.unpriced === 1 ? '1 reply' : `${cost.unpriced} replies`;
  return cost.unpriced === 0 ? dollars(cost.usd) : `${dollars(cost.usd)}, without ${missing} of unknown cost`;
}

/**
 * What a task's tokens count against its token limit: those read from a prompt cache a tenth, as providers charge about
 * that for them; all others in full. Without this a long task that costs little would end at the limit.
 */
export function countedTokens(usage: PricedTokens & { readonly total_tokens: number }): number {
  const cached = Math.min(usage.cached_input_tokens ?? 0, usage.input_tokens);
  return usage.total_tokens - Math.floor((cached * 9) / 10);
}

// ---

function sourceOfBoth(a: CostSource | null, b: CostSource | null): CostSource | null {
  if (a === null || b === null || a === b) return a ?? b;
  return 'mixed';
}

/** Sums of binary fractions would show as 0.30000000000000004. */
function rounded(usd: number): number {
  return Math.round(usd * 1e9) / 1e9;
}
