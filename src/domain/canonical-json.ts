/** Canonical JSON: what a signature covers. The same value gives the same text in every process, version and language. */

/**
 * JSON without blanks, keys in code unit order, undefined fields left out. Not by `JSON.stringify` of a sorted object:
 * that puts keys that look like array indices first, whatever their order.
 */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${Array.from(value, (item) => canonical(item)).join(',')}]`;
  // As in JSON, what it has no text for is null.
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).filter(([, field]) => field !== undefined);
  const sorted = entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${sorted.map(([key, field]) => `${JSON.stringify(key)}:${canonical(field)}`).join(',')}}`;
}
