/**
 * Globs in time that grows with pattern times text, whatever they hold: `*` and `?` within a name, `**` over any number
 * of directories. Not by regular expressions: those of the libraries for this go back and forth for half a minute over
 * `*a*a*a*a*b`. Pure.
 */

/** Paths are split at `/`. Names that begin with a dot are like any other. */
export function matchesPath(glob: string, path: string): boolean {
  const rest = align(splitPath(glob), splitPath(path), { isStar: (part) => part === '**', matches: matchesText });
  return rest?.every((part) => part === '**') ?? false;
}

interface Alignment<P, T> {
  /** Stands for any number of items. */
  readonly isStar: (part: P) => boolean;
  readonly matches: (part: P, item: T) => boolean;
}

/**
 * Going back to the last star is enough: what an earlier one could take more of, the last one can.
 * @returns what is left of the pattern behind the last item; undefined when an item does not fit
 */
export function align<P, T>(
  parts: readonly P[],
  items: readonly T[],
  { isStar, matches }: Alignment<P, T>,
): readonly P[] | undefined {
  let at = 0;
  let star = -1;
  let taken = 0;
  for (let item = 0; item < items.length; ) {
    const part = parts[at];
    if (part !== undefined && isStar(part)) {
      star = at++;
      taken = item;
    } else if (part !== undefined && matches(part, items[item] as T)) {
      at++;
      item++;
    } else if (star >= 0) {
      item = ++taken;
      at = star + 1;
    } else return undefined;
  }
  return parts.slice(at);
}

/** `*` stands for any characters, `?` for one. */
export function matchesText(glob: string, text: string): boolean {
  const [first = '', ...pieces] = glob.split('*');
  const last = pieces.pop();
  if (last === undefined) return text.length === glob.length && matchesAt(glob, text, 0);
  const end = text.length - last.length;
  if (first.length > end || !matchesAt(first, text, 0) || !matchesAt(last, text, end)) return false;
  let at = first.length;
  for (const piece of pieces) {
    at = indexOf(piece, text, at);
    if (at < 0) return false;
    at += piece.length;
  }
  return at <= end;
}

/** `*.example.com` is every subdomain of example.com, at any depth, without that host itself. */
export function matchesHost(pattern: string, host: string): boolean {
  const [wanted, given] = [pattern, host].map((name) => name.toLowerCase().replace(/\.$/, '')) as [string, string];
  if (!wanted.startsWith('*.')) return wanted === given;
  return given.endsWith(wanted.slice(1)) && given.length >= wanted.length;
}

// ---

function matchesAt(piece: string, text: string, at: number): boolean {
  if (!piece.includes('?')) return text.startsWith(piece, at);
  if (text.length < at + piece.length) return false;
  for (let n = 0; n < piece.length; n++) if (piece[n] !== '?' && piece[n] !== text[at + n]) return false;
  return true;
}

function indexOf(piece: string, text: string, from: number): number {
  if (!piece.includes('?')) return text.indexOf(piece, from);
  for (let at = from; at + piece.length <= text.length; at++) if (matchesAt(piece, text, at)) return at;
  return -1;
}

function splitPath(path: string): string[] {
  return path.split('/').filter((name, n) => (name !== '' && name !== '.') || (n === 0 && path.startsWith('/')));
}
