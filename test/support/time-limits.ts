/**
 * Finds limits of time in the text of a test: a measured time that is held against a number, and patience that is too short
 * for a busy machine. Reads text, not types: what is read from a clock is followed through the names of a file.
 */

export interface TimeLimit {
  readonly line: number;
  readonly text: string;
}

/** Less than this is no hang yet: how long a test waits for a condition, and how long it may take itself. */
const SHORTEST_WAIT_MS = 30_000;
const SHORTEST_TEST_MS = 120_000;
/** A number behind a function: below this it is the pace of an interval, not the time limit of a test. */
const LONGEST_PACE_MS = 100;

const CLOCK = String.raw`performance\.now\(|Date\.now\(|process\.hrtime|\w*[cC]puUsage\(|\b(?:user|system)CPUTime\b`;
const NUMBER = String.raw`(?:\d[\d_.]*(?:e\d+)?|[A-Z][A-Z\d_]*)(?![\w.(])`;

/** All of them, in the order of their lines. `timed`: imported names whose values come from a clock. */
export function timeLimitsIn(source: string, timed: ReadonlySet<string> = new Set()): TimeLimit[] {
  const code = codeOf(source);
  const names = timedNamesIn(source, timed);
  const found = [...assertionsOn(code, names), ...comparisonsOf(code, names), ...shortWaitsIn(code)];
  const lines = [...new Set(found.map((at) => code.slice(0, at).split('\n').length))].sort((a, b) => a - b);
  return lines.map((line) => ({ line, text: (source.split('\n')[line - 1] ?? '').trim() }));
}

/** Names of variables that hold what a clock said, and of functions that return it. */
export function timedNamesIn(source: string, imported: ReadonlySet<string> = new Set()): ReadonlySet<string> {
  const values = valuesIn(codeOf(source));
  const names = new Set(imported);
  for (let known = -1; known !== names.size; ) {
    known = names.size;
    for (const { given, value } of values) if (isTimed(value, names)) for (const name of given) names.add(name);
  }
  return names;
}

// ---

interface Value {
  readonly given: readonly string[];
  readonly value: string;
}

/** Declarations, assignments, pushes and returns: which names get which expression. */
function valuesIn(code: string): Value[] {
  const declared = [...code.matchAll(/\b(?:const|let)\s+(\w+|[{[][^;]*?[}\]])\s*(?::[^=;]+)?=(?!=)([^;]*);/g)];
  const assigned = [...code.matchAll(/(?<=^|[;{}]\s*|=> )([\w.]+)(?:\.push\(|\s*[-+?]{0,2}=(?![=>]))([^;]*);/gm)];
  const simple = [...declared, ...assigned].filter(([, , value = '']) => !/=>\s*\{|\bfunction\b/.test(value));
  const returned = [...code.matchAll(/\breturn\s([^;]*);/g)].map(({ index, 1: value = '' }) => ({
    given: lastFunctionBefore(code, index),
    value,
  }));
  return [...simple.map(([, names = '', value = '']) => ({ given: wordsIn(names), value })), ...returned];
}

function lastFunctionBefore(code: string, index: number): string[] {
  const heads = /\bfunction\s+(\w+)|\b(?:const|let)\s+(\w+)[^=;]*=\s*(?:async\s*)?(?:\([^;]*?\)|\w+)[^;{}=]*=>\s*\{/g;
  // What a brace at the beginning of a line has closed is over.
  const open = code.slice(0, index).split(/^\}/m).at(-1) ?? '';
  const name = [...open.matchAll(heads)].map(([, named, arrow]) => named ?? arrow ?? '').at(-1);
  return name ? [name] : [];
}

/** Not the keys of an object, which only name what they hold. */
function wordsIn(names: string): string[] {
  return (names.match(/[A-Za-z_]\w*(?![\w:])/g) ?? []).filter((word) => word !== 'this');
}

function isTimed(expression: string, names: ReadonlySet<string>): boolean {
  return new RegExp(CLOCK).test(expression) || wordsIn(expression).some((word) => names.has(word));
}

/** That a measured time is at most so much. A second measured time makes it a ratio, which is allowed. */
function assertionsOn(code: string, names: ReadonlySet<string>): number[] {
  const most =
    /\bexpect\(([^;]*?)\)[\s.]*(?:resolves\.)?(?:toBeLessThan(?:OrEqual)?|toBeCloseTo|not\.toBeGreaterThan(?:OrEqual)?)\(([^;]*)\);/g;
  const least = /\bexpect\(\s*([\d_.]+)\s*\)\s*\.toBeGreaterThan(?:OrEqual)?\(([^;]*)\);/g;
  return [
    ...[...code.matchAll(most)].filter(([, got = '', bound = '']) => isTimed(got, names) && !isTimed(bound, names)),
    ...[...code.matchAll(least)].filter(([, , bound = '']) => isTimed(bound, names)),
  ].map(({ index }) => index);
}

/** The same by an operator. */
function comparisonsOf(code: string, names: ReadonlySet<string>): number[] {
  const operand = String.raw`(?:[\w.\s+*/()-]|\?\?)+`;
  const pattern = new RegExp(
    String.raw`(${operand})\s[<>]=?\s*${NUMBER}|(?<![\w.])${NUMBER}\s*[<>]=?\s(${operand})`,
    'g',
  );
  return [...code.matchAll(pattern)]
    .filter(([, left, right]) => isTimed(left ?? right ?? '', names))
    .map(({ index, 0: text }) => index + text.length - text.trimStart().length);
}

/** `{ timeoutMs: 5_000 }` of a wait, `{ timeout: 5_000 }` of a poll or a test, `}, 5_000);` behind a test. */
function shortWaitsIn(code: string): number[] {
  const waits = [...code.matchAll(/\btimeoutMs: ([\d_]+)|\b(?:poll|waitFor|waitUntil)\([^;]*?\btimeout: ([\d_]+)/g)];
  const tests = [...code.matchAll(/\btest[^;]*?\{ timeout: ([\d_]+) \},|^ *\},\s(?:\s*)([\d_]+),?\s*\);/gm)];
  const millis = (match: RegExpExecArray): number => Number((match[1] ?? match[2] ?? '').replaceAll('_', ''));
  return [
    ...waits.filter((match) => millis(match) < SHORTEST_WAIT_MS),
    ...tests.filter((match) => millis(match) < SHORTEST_TEST_MS && millis(match) > LONGEST_PACE_MS),
  ].map(({ index, 0: text }) => index + text.length - text.trimStart().length);
}

/** Without comments and the insides of plain strings, line for line. */
function codeOf(source: string): string {
  const blank = (text: string): string => text.replace(/[^\n]/g, ' ');
  return source
    .replace(/\/\*[\s\S]*?\*\//g, blank)
    .replace(/(^|\s)\/\/.*$/gm, blank)
    .replace(/'(?:[^'\\\n]|\\.)*'/g, (text) => `'${blank(text.slice(2))}'`);
}
