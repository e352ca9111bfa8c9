/**
 * Globs in time that grows with pattern times text, whatever they hold: `*` and `?` within a name, `**` over any number
 * of directories. Not by regular expressions: those of the libraries for this go back and forth for half a minute over
 * `*a*a*a*a*b`. Pure.
 */

/** Paths are split at `/`. Names that begin with a dot are like any other. */
export function matchesPath(glob: string, path: string): boolean {
  return align(splitPath(glob), splitPath(path));
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

/** Going back to the last `**` is enough: what an earlier one could take more of, the last one can. */
function align(parts: readonly string[], names: readonly string[]): boolean {
  let part = 0;
  let name = 0;
  let star = -1;
  let taken = 0;
  while (name < names.length) {
    const wanted = parts[part];
    if (wanted === '**') {
      star = part++;
      taken = name;
    } else if (wanted !== undefined && matchesText(wanted, names[name] as string)) {
      part++;
      name++;
    } else if (star >= 0) {
      name = ++taken;
      part = star + 1;
    } else return false;
  }
  while (parts[part] === '**') part++;
  return part === parts.length;
}

function splitPath(path: string): string[] {
  return path.split('/').filter((name, n) => (name !== '' && name !== '.') || (n === 0 && path.startsWith('/')));
}
