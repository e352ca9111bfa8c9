/** Canonical JSON: what a signature covers. The same value gives the same text in every process and version. */

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).filter(([, field]) => field !== undefined);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, field]) => [key, sorted(field)]));
}

/** JSON without blanks, keys in code unit order, undefined fields left out. */
export function canonical(value: unknown): string {
  return JSON.stringify(sorted(value));
}
