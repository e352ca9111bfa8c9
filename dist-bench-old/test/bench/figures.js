/** What a section of the benchmark has measured: one value a round, and what is aimed at. Judges by the median. */
export function median(values) {
    const sorted = [...values].sort((a, b) => a - b);
    const middle = Math.floor(sorted.length / 2);
    const upper = sorted[middle] ?? Number.NaN;
    return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}
/** Undefined: nothing was aimed at. */
export function isMet({ values, target }) {
    if (!target)
        return undefined;
    const value = median(values);
    return 'most' in target ? value <= target.most : value >= target.least;
}
/** Round by round, so that a machine that slows down slows both sides. */
export function ratios(ours, theirs) {
    return ours.map((value, round) => value / (theirs[round] ?? Number.NaN));
}
//# sourceMappingURL=figures.js.map