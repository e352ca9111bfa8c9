/** What a section of the benchmark has measured: one value a round, and what is aimed at. Judges by the median. */

export interface Figure {
  readonly name: string;
  /** `ms`, `ratio`, `count`, `MB`, `s`, `%`, `KiB`, `tasks/s`. */
  readonly unit: string;
  /** One value a round. */
  readonly values: readonly number[];
  /** The median is to be at most, or at least, this. Absent: shown, not judged. */
  readonly target?: { readonly most: number } | { readonly least: number };
  /** What stands behind the figure, where the name does not say it. */
  readonly note?: string;
}

export interface Section {
  readonly title: string;
  readonly figures: readonly Figure[];
  /** What a reader of the table has to know, below it. */
  readonly notes?: readonly string[];
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

/** Undefined: nothing was aimed at. */
export function isMet({ values, target }: Figure): boolean | undefined {
  if (!target) return undefined;
  const value = median(values);
  return 'most' in target ? value <= target.most : value >= target.least;
}

/** Round by round, so that a machine that slows down slows both sides. */
export function ratios(ours: readonly number[], theirs: readonly number[]): number[] {
  return ours.map((value, round) => value / (theirs[round] ?? Number.NaN));
}
