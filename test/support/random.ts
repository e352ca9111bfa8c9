/** Chance that can be repeated: everything random in a test comes from a seed that is printed. */

export interface Chance {
  /** From 0 to 1, without 1. */
  next(): number;
  below(limit: number): number;
  pick<T>(items: readonly T[]): T;
  shuffle<T>(items: readonly T[]): T[];
}

/** 1 runs everything; the short run a small part. */
export const SCALE = Number(process.env.SCALE ?? '0.05');
export const LONG = SCALE >= 1;

/** A fixed one, and the one of this run. */
export const SEEDS: readonly number[] = [1, Number(process.env.SEED ?? '2')];

/** All of them in a full run, else that share of them, drawn by the seed of this run, in their order. */
export function sampled<T>(items: readonly T[], share: number): readonly T[] {
  const count = Math.max(1, Math.ceil(items.length * Math.max(share, SCALE)));
  if (count >= items.length) return items;
  const drawn = new Set(
    chance(SEEDS[1] ?? 1)
      .shuffle(items.map((_, at) => at))
      .slice(0, count),
  );
  return items.filter((_, at) => drawn.has(at));
}

/** mulberry32 */
export function chance(seed: number): Chance {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    next,
    below,
    pick: (items) => items[below(items.length)] as never,
    shuffle: (items) => {
      const shuffled = [...items];
      for (let i = shuffled.length - 1; i > 0; i--) {
        const j = below(i + 1);
        [shuffled[i], shuffled[j]] = [shuffled[j] as never, shuffled[i] as never];
      }
      return shuffled;
    },
  };
}
