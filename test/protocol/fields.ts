/** The names of fields: of an interface, from its source, and of what the page on the protocol shows in braces. */
import { readFileSync } from 'node:fs';

/** `from`: the file of `src/domain`. Throws for an interface that is not there. */
export function fieldsOf(from: string, name: string): string[] {
  const source = readFileSync(`src/domain/${from}.ts`, 'utf8');
  const [, body] = source.match(new RegExp(`^export interface ${name}\\b[^{]*\\{\\n([\\s\\S]*?)^\\}`, 'm')) ?? [];
  if (body === undefined) throw new Error(`src/domain/${from}.ts has no interface ${name}`);
  return [...body.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, field = '']) => field);
}

/** Of an object in the notation of the page, such as `{a, b?, c: [{d}]}`: its own names. */
export function namesIn(shown: string): string[] {
  let depth = 0;
  let own = '';
  for (const char of shown) {
    if (char === '}' || char === ']') depth--;
    if (depth === 1 && char !== '[' && char !== '{') own += char;
    if (char === '{' || char === '[') depth++;
  }
  return own
    .split(',')
    .map((part) => part.replace(/[?:].*$/, '').trim())
    .filter((part) => part !== '');
}

/** The rest of the row of a table whose first cell is this name. */
export function rowOf(section: string, name: string): string {
  const row = section.split('\n').find((line) => line.startsWith(`| \`${name}\` |`));
  if (row === undefined) throw new Error(`The page has no row of ${name}`);
  return row.slice(name.length + 6);
}

/** The names in the first cells of the table that follows. */
export function firstCells(section: string): string[] {
  return section
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .flatMap((line) => [...(line.split(' | ')[0] ?? '').matchAll(/`([^`]+)`/g)].map(([, name = '']) => name));
}

/** The first object in braces, from this text on. */
export function objectIn(text: string, after = ''): string {
  const start = text.indexOf('{', text.indexOf(after));
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    if (text[at] === '{') depth++;
    if (text[at] === '}' && --depth === 0) return text.slice(start, at + 1);
  }
  throw new Error(`There is no object after ${after}`);
}
