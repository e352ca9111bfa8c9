/** Task ids. An id becomes a file name, so every entry point checks it. */

const SAFE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/** A UUID, or another safe file name: ASCII letters, digits, `.`, `_`, `-`, at most 128, not ending in `.json` or `.tmp`. */
export function isSafeId(id: string): boolean {
  return SAFE.test(id) && !/\.(json|tmp)$/i.test(id);
}

export function shortId(id: string): string {
  return id.slice(0, 8);
}

/** The first line of a prompt, cut to `max` code points. */
export function firstLine(text: string, max = 80): string {
  const whole = (text.trimStart().split('\n', 1)[0] ?? '').trimEnd();
  if (whole.length <= max) return whole;
  // A code point is at most two units: text after this makes no difference, and prompts may be long.
  const line = [...whole.slice(0, 2 * max + 2)];
  return line.length > max ? `${line.slice(0, max - 1).join('')}…` : line.join('');
}
