/** Compares what a page shows with what a command printed: ids, times and dates differ, everything else is fixed. */

/** Each with the groups of what is learned from it: only ids have one. */
const VARIABLE: readonly (readonly [RegExp, string])[] = [
  [/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/, '([0-9a-f]{8})(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'],
  [/^[0-9a-f]{8}-…/, '([0-9a-f]{8})(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'],
  [/^[0-9a-f]{12}\b/, '[0-9a-f]{12}'],
  [/^[0-9a-f]{8}\b/, '([0-9a-f]{8})'],
  [/^\d{4}-\d\d-\d\dT[\d:.]+(?:Z|\+00:00)/, '\\d{4}-\\d\\d-\\d\\dT[\\d:.]+(?:Z|\\+00:00)'],
  [/^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d\d:\d\d/, '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) \\d\\d:\\d\\d'],
  [/^\d+ (?:min|s|h)(?: \d+ s)?\b/, '\\d+ (?:min|s|h)(?: \\d+ (?:min|s))?'],
  [/^127\.0\.0\.1:\d+/, '127\\.0\\.0\\.1:\\d+'],
  [/^…/, '.*'],
  [/^\s+/, '\\s+'],
];
const ID = /[0-9a-f]{8}(?=-…|-[0-9a-f]{4}-|\b)/;

/** The ids of a shown line, and the pattern whose groups are those of the printed one. */
function patternOf(line: string): { pattern: RegExp; ids: string[] } {
  const ids: string[] = [];
  let pattern = '';
  let rest = line.trimEnd();
  while (rest !== '') {
    const isWordStart = !/\w$/.test(line.trimEnd().slice(0, -rest.length));
    const found = VARIABLE.map(([shown, printed]) => ({ text: shown.exec(rest)?.[0], printed })).find(
      ({ text }) => text !== undefined && (isWordStart || !/^\w/.test(text)),
    );
    const { text = rest[0] ?? '', printed = escaped(rest[0] ?? '') } = found ?? {};
    if (printed.startsWith('([')) ids.push(ID.exec(text)?.[0] ?? '');
    pattern += printed;
    rest = rest.slice(text.length);
  }
  return { pattern: new RegExp(`^${pattern}\\s*$`), ids };
}

/**
 * @returns the ids of the page with those that stand for them here; throws when a shown line is not among the printed ones,
 * in the order of the page
 */
export function compareOutput(shown: readonly string[], printed: string): Record<string, string> {
  const lines = printed.split('\n');
  const learned: Record<string, string> = {};
  let at = 0;
  for (const line of shown) {
    if (line === '…') continue;
    const { pattern, ids } = patternOf(line);
    const found = lines.findIndex((one, n) => n >= at && pattern.test(one));
    if (found === -1) throw new Error(`The page shows:\n${line}\nand the command printed:\n${printed}`);
    const [, ...groups] = pattern.exec(lines[found] ?? '') ?? [];
    for (const [n, id] of ids.entries()) learned[id] = groups[n] ?? '';
    at = found + 1;
  }
  return learned;
}

// ---

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
