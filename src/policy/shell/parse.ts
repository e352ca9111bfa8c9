/**
 * Parses a line for /bin/sh into the simple commands that it runs, and its words into literals. What cannot be analysed
 * reliably for every shell that may be /bin/sh is opaque, never guessed. Commands that run other commands (`timeout`,
 * `xargs`, `sh -c`) are handled by `wrapper-commands.ts`. Pure.
 */
import {
  parse,
  type Redirection as RedirectionNode,
  type Script,
  type SyntaxNode,
  type Word,
  type WordPart,
} from 'unbash';

export interface Redirection {
  readonly target: string;
  readonly writes: boolean;
  /** The shell expands the target: a glob or a tilde. */
  readonly live: boolean;
}

export interface SimpleCommand {
  /** The command's name and its arguments, quotes resolved; empty for redirections of a group. */
  readonly words: readonly string[];
  /** Indexes of the words that the shell expands: globs, and words with a tilde. */
  readonly live: readonly number[];
  /** Except copies of descriptors, such as 2>&1. */
  readonly redirections: readonly Redirection[];
}

export type CommandLine =
  | { readonly kind: 'parsed'; readonly commands: readonly SimpleCommand[] }
  | { readonly kind: 'opaque'; readonly why: string };

export function parseCommandLine(text: string): CommandLine {
  if (text.length > MAX_LENGTH) return opaque(`it is longer than ${MAX_LENGTH} characters`);
  if (text.split('<<').length > MAX_HERE_DOCUMENTS) return opaque('it holds too many here-documents');
  const odd = oddCharacter(text);
  if (odd !== undefined) return opaque(`it holds the character ${odd}`);
  try {
    const script = parse(text);
    if (script.errors?.length) return opaque(`it cannot be parsed: ${script.errors[0]?.message}`);
    const reading: Reading = { commands: [], spans: [] };
    readScript(script, reading);
    if (!isCovered(text, reading.spans)) return opaque('a part of it cannot be analysed');
    return { kind: 'parsed', commands: reading.commands };
  } catch (error) {
    // Nested too deep for the parser or for this file.
    return opaque(error instanceof Opaque ? error.message : 'it is too deeply nested');
  }
}

export interface LiteralWord {
  /** Quotes and backslashes resolved. */
  readonly value: string;
  /** The shell expands the word: a glob or a tilde. */
  readonly live: boolean;
}

export function literalOf(word: Word): LiteralWord | undefined {
  const parts = word.parts ?? [];
  if (word.parts === undefined ? !isPlain(word.text) : !parts.every(isLiteral)) return undefined;
  const live = parts.some(({ type }) => type === 'Glob') || TILDE.test(bare(word)) || hasBareGlob(word);
  return { value: word.value, live };
}

/** @returns the first character that a terminal, an editor or a shell may treat differently from what it shows */
export function oddCharacter(text: string): string | undefined {
  const odd = ODD_CHARACTER.exec(text)?.[0];
  return odd === undefined ? undefined : `U+${(odd.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}

// ---

const MAX_LENGTH = 8_192;
/** The parser's work grows with the square of their number; a line that has any needs approval in any case. */
const MAX_HERE_DOCUMENTS = 64;
const MAX_COMMANDS = 200;
const MAX_DEPTH = 16;

class Opaque extends Error {}

interface Reading {
  readonly commands: SimpleCommand[];
  /** The parts of the text that were analysed, as [start, end). */
  readonly spans: [number, number][];
}

/** After these commands the same words may run something else, or they run text that is not in the line. */
const CHANGES_THE_REST = new Set(
  (
    '. source eval exec alias unalias trap set unset shopt enable hash export readonly declare typeset local read ' +
    'readarray mapfile getopts let builtin bind complete compgen caller shift function pushd popd'
  ).split(' '),
);

const NAME = /^[A-Za-z0-9_./+@%,:[-]+$/;
const DESCRIPTOR = /^(\d|-)$/;

function opaque(why: string): CommandLine {
  return { kind: 'opaque', why };
}

function readScript(script: Script, reading: Reading): void {
  for (const statement of script.commands) readNode(statement, { reading, depth: 0 });
}

interface ReadPosition {
  readonly reading: Reading;
  readonly depth: number;
}

function readNode(node: SyntaxNode, { reading, depth }: ReadPosition): void {
  if (depth > MAX_DEPTH) throw new Opaque('it is too deeply nested');
  const at = { reading, depth: depth + 1 };
  const all = (nodes: readonly SyntaxNode[]): void => {
    for (const inner of nodes) readNode(inner, at);
  };
  switch (node.type) {
    case 'Statement':
      readNode(node.command, at);
      return;
    case 'AndOr':
    case 'CompoundList':
      all(node.commands);
      return;
    case 'Pipeline':
      if (node.operators.includes('|&')) throw new Opaque('it pipes with |&');
      all(node.commands);
      return;
    case 'Subshell':
    case 'BraceGroup':
      readNode(node.body, at);
      return;
    case 'If':
      all([node.clause, node.then, ...node.elif.flatMap(({ clause, then }) => [clause, then])]);
      if (node.else) readNode(node.else, at);
      return;
    case 'While':
      all([node.clause, node.body]);
      return;
    case 'For':
      readLoopWords([node.name, ...(node.wordlist ?? [])], reading);
      readNode(node.body, at);
      return;
    case 'Redirected':
      readNode(node.command, at);
      reading.commands.push({ words: [], live: [], redirections: redirectionsOf(node.redirects, reading) });
      return;
    case 'Command':
      reading.commands.push(readCommand(node, reading));
      return;
    default:
      throw new Opaque(OPAQUE_NODES[node.type] ?? `it holds a construct that is not analysed (${node.type})`);
  }
}

const OPAQUE_NODES: Readonly<Record<string, string>> = {
  ArithmeticCommand: 'it holds arithmetic',
  ArithmeticFor: 'it holds arithmetic',
  Case: 'it holds a case',
  Coproc: 'it holds a coprocess',
  Function: 'it defines a function',
  Select: 'it holds a select',
  TestCommand: 'it holds [[',
};

function readCommand(node: Extract<SyntaxNode, { type: 'Command' }>, reading: Reading): SimpleCommand {
  if (reading.commands.length >= MAX_COMMANDS) throw new Opaque(`it holds more than ${MAX_COMMANDS} commands`);
  if (node.prefix.some(({ type }) => type === 'Assignment')) throw new Opaque('it sets a variable');
  const words = node.args.map((arg) => {
    if (arg.type === 'Assignment') throw new Opaque('it sets a variable');
    return readWord(arg, reading);
  });
  const redirections = redirectionsOf(node.redirects, reading);
  if (!node.name) return { words: [], live: [], redirections };
  const name = readWord(node.name, reading);
  if (name.live || !NAME.test(name.value)) throw new Opaque('the name of a command in it is not plain');
  if (CHANGES_THE_REST.has(name.value)) throw new Opaque(`'${name.value}' changes what the rest of it means`);
  if (name.value === 'printf' && words[0]?.value.startsWith('-')) throw new Opaque('it sets a variable');
  return {
    words: [name, ...words].map(({ value }) => value),
    live: words.flatMap(({ live }, n) => (live ? [n + 1] : [])),
    redirections,
  };
}

function readWord(word: Word, { spans }: Reading) {
  const literal = literalOf(word);
  if (!literal)
    throw new Opaque('it holds words that are only known when it runs: expansions, substitutions or braces');
  spans.push([word.pos, word.end]);
  return literal;
}

/** The variable must not be one that a program or the shell reads: those have upper-case letters. */
function readLoopWords([name, ...words]: readonly Word[], reading: Reading): void {
  if (name && !/^[a-z][a-z0-9_]*$/.test(readWord(name, reading).value)) throw new Opaque('it sets a variable');
  for (const word of words) readWord(word, reading);
}

function redirectionsOf(nodes: readonly RedirectionNode[], reading: Reading): Redirection[] {
  return nodes.flatMap((node) => {
    if (node.type === 'HereDoc' || node.type === 'HereString') throw new Opaque('it holds a here-document');
    if (!node.target || node.descriptor?.type === 'FileDescriptorVariable')
      throw new Opaque('a redirection is not plain');
    if (node.operator === '&>' || node.operator === '&>>') throw new Opaque('it redirects with &>');
    const { value, live } = readWord(node.target, reading);
    reading.spans.push([node.pos, node.end]);
    if (node.operator === '>&' || node.operator === '<&') {
      if (DESCRIPTOR.test(value)) return [];
      throw new Opaque('it redirects to what may be a file or a descriptor');
    }
    return [{ target: value, live, writes: node.operator !== '<' }];
  });
}

const BETWEEN = /^(?:[\s;&|(){}!]|\\\n|(?:if|then|else|elif|fi|for|in|do|done|while|until|time)(?![\w-]))*$/;

/** A tolerant parser may skip what it does not know. The rest must be separators and keywords only. */
function isCovered(text: string, spans: readonly (readonly [number, number])[]): boolean {
  const rest = [...text.split('')];
  for (const [start, end] of spans) rest.fill(WORD, start, end);
  const bare = rest.join('').replace(/(^|[\s;&|()])#[^\n]*/g, '$1');
  const between = bare.replaceAll(WORD, ' ');
  return BETWEEN.test(between) && between.split('(').length === between.split(')').length;
}

const WORD = '\u0000';

const ODD_CHARACTER = /(?![\n\t ])[\p{C}\p{Z}]/u;

/** Shells differ on where a tilde counts: at the start, after a colon, after an equals sign. */
const TILDE = /(^|[=:])~/;

function isLiteral(part: WordPart): boolean {
  switch (part.type) {
    case 'SingleQuoted':
      return true;
    case 'Literal':
      return isPlain(part.text);
    case 'DoubleQuoted':
      return isPlain(part.text) && part.parts.every((child) => child.type === 'Literal');
    case 'Glob':
      return part.kind !== 'bracket' || part.parts.every((inner) => inner.type === 'Literal' && isPlain(inner.text));
    default:
      return false;
  }
}

/** Expansions and backticks, which a parser may leave in the text. A dollar at the end of a pattern is one. */
function isPlain(text: string): boolean {
  return !/`|\$[\w@*#?!$({[-]/.test(text.replace(/\\[\s\S]/g, ''));
}

/** The text outside quotes. */
function bare(word: Word): string {
  if (word.parts === undefined) return word.text;
  return word.parts.map((part) => (part.type === 'Literal' || part.type === 'Glob' ? part.text : '"')).join('');
}

/** A second check for globs: a word that is wrongly treated as live only needs approval. */
function hasBareGlob(word: Word): boolean {
  return /[*?]|\[./s.test(bare(word).replace(/\\[\s\S]/g, ''));
}
