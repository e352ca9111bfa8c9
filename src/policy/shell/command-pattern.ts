/**
 * The patterns of `command` in rules against a parsed line. `git status *` is words one by one, then any further
 * arguments but those that run programs or write; without the star the words must be exactly these. `= LINE` is that
 * very line. Pure.
 */
import { basename } from 'node:path';
import { hasDangerousOption } from './dangerous.js';
import { type CommandLine, parseCommandLine, type SimpleCommand } from './parse.js';
import { innerOf } from './wrapper-commands.js';

export interface ParsedLine {
  readonly text: string;
  readonly parsed: CommandLine;
}

interface Pattern {
  readonly words: readonly string[];
  readonly live: readonly number[];
  /** Any further arguments. */
  readonly open: boolean;
}

/** @returns undefined when it is not a pattern; the entry point reports why. */
export function parsePattern(text: string): Pattern | undefined {
  const parsed = parseCommandLine(text);
  const [command, second] = parsed.kind === 'parsed' ? parsed.commands : [];
  if (!command || second || command.redirections.length > 0 || command.words.length === 0) return undefined;
  const last = command.words.length - 1;
  const open = last > 0 && command.words[last] === '*' && command.live.includes(last);
  return open ? { words: command.words.slice(0, -1), live: command.live, open } : { ...command, open };
}

export function isVerbatim(pattern: string): boolean {
  return pattern.startsWith(VERBATIM);
}

export function verbatim(line: string): string {
  return `${VERBATIM}${line}`;
}

/** For `run`: every simple command of the line, and every one within those, is covered. */
export function coversAll(patterns: readonly string[], line: ParsedLine): boolean {
  if (patterns.includes(verbatim(line.text))) return true;
  if (line.parsed.kind === 'opaque' || line.parsed.commands.length === 0) return false;
  const known = patternsIn(patterns);
  return line.parsed.commands.every((command) => covers(known, command, 0));
}

/** For `ask` and `refuse`: any simple command is meant. `maybe`: a part of the line cannot be read. */
export function meansAny(patterns: readonly string[], line: ParsedLine): 'yes' | 'no' | 'maybe' {
  if (patterns.includes(verbatim(line.text))) return 'yes';
  const known = patternsIn(patterns);
  return known.length === 0 ? 'no' : meaning(known, line.parsed, 0);
}

// ---

const VERBATIM = '= ';
const MAX_DEPTH = 4;

function patternsIn(patterns: readonly string[]): Pattern[] {
  return patterns.filter((text) => !isVerbatim(text)).flatMap((text) => parsePattern(text) ?? []);
}

function covers(patterns: readonly Pattern[], command: SimpleCommand, depth: number): boolean {
  if (depth > MAX_DEPTH || command.redirections.some(({ writes, target }) => writes && target !== '/dev/null'))
    return false;
  if (command.words.length === 0) return command.redirections.length > 0;
  return patterns.some((pattern) => {
    if (!matchesExactly(pattern, command)) return false;
    return !pattern.open || innerCovered(patterns, command, { from: pattern.words.length, depth });
  });
}

/** The star covers arguments of the command itself; what that one runs needs a pattern that names it. */
function innerCovered(
  patterns: readonly Pattern[],
  command: SimpleCommand,
  { from, depth }: { readonly from: number; readonly depth: number },
): boolean {
  const { words, live } = command;
  // A file may be named like an option.
  if (live.some((n) => n >= from && /^[*?[]/.test(words[n] ?? ''))) return false;
  const inner = innerOf(words);
  switch (inner.kind) {
    case 'none':
      return !hasDangerousOption(words[0] ?? '', words.slice(from));
    case 'words':
      if (inner.open) return false;
      if (from > inner.at)
        return !hasDangerousOption(words[inner.at] ?? '', words.slice(from)) && isLast(words, inner.at);
      return covers(
        patterns,
        { words: words.slice(inner.at), live: shifted(live, inner.at), redirections: [] },
        depth + 1,
      );
    case 'line': {
      const parsed = parseCommandLine(inner.text);
      return parsed.kind === 'parsed' && parsed.commands.every((one) => covers(patterns, one, depth + 1));
    }
    default:
      return false;
  }
}

function isLast(words: readonly string[], at: number): boolean {
  return innerOf(words.slice(at)).kind === 'none';
}

function matchesExactly({ words, live, open }: Pattern, command: SimpleCommand): boolean {
  if (open ? command.words.length < words.length : command.words.length !== words.length) return false;
  return words.every((word, n) => {
    const isLive = command.live.includes(n);
    // A quoted star at the end is the star itself: unquoted it would stand for any arguments.
    const same = live.includes(n) === isLive || (isLive && word === '*');
    return word === command.words[n] && same;
  });
}

function meaning(patterns: readonly Pattern[], line: CommandLine, depth: number): 'yes' | 'no' | 'maybe' {
  if (line.kind === 'opaque' || depth > MAX_DEPTH) return 'maybe';
  const found = line.commands.map((command) => meaningOf(patterns, command, depth));
  return found.includes('yes') ? 'yes' : found.includes('maybe') ? 'maybe' : 'no';
}

function meaningOf(patterns: readonly Pattern[], command: SimpleCommand, depth: number): 'yes' | 'no' | 'maybe' {
  if (command.words.length === 0) return 'no';
  const words = plainWords(command.words);
  if (patterns.some((pattern) => matchesPlainWords(pattern, words))) return 'yes';
  const inner = innerOf(command.words);
  if (inner.kind === 'unknown') return 'maybe';
  if (inner.kind === 'line') return meaning(patterns, parseCommandLine(inner.text), depth + 1);
  if (inner.kind === 'none') return 'no';
  const within = { words: command.words.slice(inner.at), live: [], redirections: [] };
  return meaning(patterns, { kind: 'parsed', commands: [within] }, depth + 1);
}

function matchesPlainWords(pattern: Pattern, words: readonly string[]): boolean {
  const wanted = plainWords(pattern.words);
  if (pattern.open ? words.length < wanted.length : words.length !== wanted.length) return false;
  return wanted.every((word, n) => word === words[n]);
}

/** By its plain name, wherever the program lies; git without the options before its verb. */
function plainWords([name = '', ...args]: readonly string[]): string[] {
  const plain = basename(name).toLowerCase();
  if (plain !== 'git') return [plain, ...args];
  let at = 0;
  while (args[at]?.startsWith('-'))
    at += /^(-c|-C|--git-dir|--work-tree|--namespace|--exec-path)$/.test(args[at] ?? '') ? 2 : 1;
  return [plain, ...args.slice(at)];
}

function shifted(live: readonly number[], by: number): number[] {
  return live.filter((n) => n >= by).map((n) => n - by);
}
