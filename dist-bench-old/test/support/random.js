/** Chance that can be repeated: everything random in a test comes from a seed that is printed. */
/** 1 runs everything; the short run a small part. */
export const SCALE = Number(process.env.SCALE ?? '0.05');
export const LONG = SCALE >= 1;
/** A fixed one, and the one of this run. */
export const SEEDS = [1, Number(process.env.SEED ?? '2')];
/** mulberry32 */
export function chance(seed) {
    let state = seed >>> 0;
    const next = () => {
        state = (state + 0x6d2b79f5) >>> 0;
        let mixed = Math.imul(state ^ (state >>> 15), state | 1);
        mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
        return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    };
    const below = (limit) => Math.floor(next() * limit);
    return {
        next,
        below,
        pick: (items) => items[below(items.length)],
        shuffle: (items) => {
            const shuffled = [...items];
            for (let i = shuffled.length - 1; i > 0; i--) {
                const j = below(i + 1);
                [shuffled[i], shuffled[j]] = [shuffled[j], shuffled[i]];
            }
            return shuffled;
        },
    };
}
//# sourceMappingURL=random.js.map