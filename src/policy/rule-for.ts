/** The rule that "always" remembers: the narrowest one that lets exactly this call run the next time. Pure. */
import { RookeryError } from '../domain/errors.js';
import { MAX_ARGUMENTS, textOfArguments } from './arguments.js';
import { placeOf } from './places.js';
import type { PolicyQuestion, Rule } from './rule.js';
import { parsePattern, verbatim } from './shell/command-pattern.js';
import { parseCommandLine, type SimpleCommand } from './shell/parse.js';

/**
 * A call that touches no path, host or command is identified by its arguments; `anyArguments` leaves them out, at the
 * person's explicit request. Throws RookeryError `usage` for arguments that no rule can hold.
 */
export function ruleFor(
  { tool, touches, workspace, args }: Pick<PolicyQuestion, 'tool' | 'touches' | 'workspace' | 'args'>,
  reason: string,
  anyArguments = false,
): Rule {
  const { paths = [], hosts = [], command, network = [] } = touches;
  const conditions = {
    ...(paths.length > 0 ? { path: oneOrMore(paths.map((path) => exactGlob(workspace, path))) } : {}),
    ...(hosts.length > 0 ? { host: oneOrMore(hosts.map((host) => host.toLowerCase())) } : {}),
    ...(command === undefined ? {} : { command: commandsOf(command) }),
    ...(network.length > 0 ? { network: oneOrMore(network.map((name) => name.toLowerCase())) } : {}),
  };
  const known = Object.keys(conditions).length > 0 || anyArguments ? conditions : { arguments: argumentsFor(args) };
  return { do: 'run', tool: tool.name, ...known, reason };
}

// ---

function argumentsFor(args: unknown): string {
  const text = textOfArguments(args);
  if (text !== undefined && text.length <= MAX_ARGUMENTS) return text;
  const why = text === undefined ? 'are not an object' : `have more than ${MAX_ARGUMENTS} characters`;
  throw new RookeryError('usage', `No rule can be remembered for this call: its arguments ${why}`);
}

function oneOrMore(texts: readonly string[]): string | string[] {
  const all = [...new Set(texts)];
  return all.length === 1 ? (all[0] as string) : all;
}

/** Each character that is special in a glob becomes `?`. */
function exactGlob(workspace: string, path: string): string {
  const { inside, absolute } = placeOf(workspace, path);
  return (inside ?? absolute).replace(/[*{}[\]\\]|^[!~]/g, '?');
}

/** Patterns where they describe the line completely; else the line itself, verbatim. */
function commandsOf(line: string): string | string[] {
  const parsed = parseCommandLine(line);
  if (parsed.kind === 'opaque') return verbatim(line);
  const patterns = parsed.commands.map(patternOf);
  return patterns.every((pattern) => pattern !== undefined) && patterns.length > 0
    ? oneOrMore(patterns as string[])
    : verbatim(line);
}

function patternOf({ words, live, redirections }: SimpleCommand): string | undefined {
  if (redirections.length > 0 || words.length === 0) return undefined;
  const text = words.map((word, n) => (live.includes(n) ? word : quoted(word))).join(' ');
  const reparsed = parsePattern(text);
  const isSame = reparsed && !reparsed.open && reparsed.words.join('\0') === words.join('\0');
  return isSame && reparsed.live.join() === live.join() && text.length < 4_096 ? text : undefined;
}

function quoted(word: string): string {
  return /^[\w@%+:,./=-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
