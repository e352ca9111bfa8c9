/** Aborts after `ms`, and when one of the others does. At most 24 days. */
export function deadline(ms, others) {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), Math.min(ms, 2 ** 31 - 1));
    return {
        signal: AbortSignal.any([others, late.signal]),
        get passed() {
            return late.signal.aborted;
        },
        clear: () => clearTimeout(timer),
    };
}
//# sourceMappingURL=deadline.js.map