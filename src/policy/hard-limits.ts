/**
 * What nothing overrides: writes to protected paths, and anything that touches Rookery's own files. And what only a rule
 * of the person overrides: writes to what other tools run later. Pure.
 */
import { resolve } from 'node:path';
import type { TouchedThings } from './matching.js';
import { ownedBy, type PolicyPath, placeOf, protectionAt } from './places.js';
import type { PolicyQuestion, Ruling } from './rule.js';
import { whyNotRestoring } from './shell/restoring-git.js';

export function hardLimit(question: PolicyQuestion, seen: TouchedThings): Ruling | undefined {
  const { tool, own, workspace } = question;
  const owned = seen.places.find(ownedBy(own, workspace));
  if (owned) return refuse(`${owned.absolute} belongs to Rookery itself`, "Rookery's own files");
  const protectedPlace =
    tool.effect === 'read' ? undefined : seen.places.find((place) => protectionAt(place) === 'refused');
  if (protectedPlace)
    return refuse(
      `${protectedPlace.inside ?? protectedPlace.absolute} is protected: what is written there runs later`,
      'protected paths',
    );
  return seen.line && hardLimitOfLine(question, seen.line);
}

/** `--allow write` was not said about these. */
export function asksFirst({ tool, workspace }: PolicyQuestion, { places, line }: TouchedThings): Ruling | undefined {
  const written = [...(tool.effect === 'read' ? [] : places), ...(line ? targetsOf(line, workspace) : [])];
  const found = written.find((place) => protectionAt(place) === 'asked');
  if (found === undefined) return undefined;
  const reason = `What is written to ${found.inside ?? found.absolute} is run later by other tools.`;
  return { verdict: 'ask', reason, rule: 'default: what runs later asks' };
}

/** A git command that is to write protected files: a person decides each time. undefined: it does not ask for that. */
export function restoresProtected(question: PolicyQuestion, { line }: TouchedThings): Ruling | undefined {
  const { touches, sandboxed, surroundings } = question;
  if (touches.restores !== true || !sandboxed) return undefined;
  const rule = 'protected paths, restored by git';
  const problem = (line ? whyNotRestoring(line.parsed) : 'there is no command') ?? surroundings.problemOfRepository();
  if (problem !== undefined)
    return { verdict: 'refuse', reason: `It cannot run with restore_protected: ${problem}.`, rule };
  const reason =
    'It may change files that other programs run later (.vscode, .husky, pipelines and the like) to what git holds in ' +
    'commits, index or stash, which this task may have put there.';
  return { verdict: 'ask', reason, rule };
}

// ---

/** As far as a line tells: what it hides, the sandbox or a person must see. */
function hardLimitOfLine(question: PolicyQuestion, line: NonNullable<TouchedThings['line']>): Ruling | undefined {
  const { own, workspace } = question;
  const ownPath = own.map((path) => resolve(path)).find((path) => path.length > 1 && names(line.text, path, workspace));
  if (ownPath !== undefined) return refuse(`${ownPath} belongs to Rookery itself`, "Rookery's own files");
  if (line.parsed.kind === 'opaque') return undefined;
  const { commands } = line.parsed;
  const isOwn = ownedBy(own, workspace);
  const words = commands.flatMap((one) => [...one.words, ...one.redirections.map(({ target }) => target)]);
  const word = words.find((text) => isOwn(placeOf(workspace, text)));
  if (word !== undefined) return refuse(`${word} belongs to Rookery itself`, "Rookery's own files");
  const target = targetsOf(line, workspace).find((place) => protectionAt(place) === 'refused');
  const named = target?.inside ?? target?.absolute;
  return named === undefined
    ? undefined
    : refuse(`${named} is protected: what is written there runs later`, 'protected paths');
}

/** What the line redirects its output to. */
function targetsOf({ parsed }: NonNullable<TouchedThings['line']>, workspace: string): PolicyPath[] {
  if (parsed.kind === 'opaque') return [];
  const writing = parsed.commands.flatMap(({ redirections }) => redirections.filter(({ writes }) => writes));
  return writing.map(({ target }) => placeOf(workspace, target));
}

/** A directory that holds the workspace is named by every absolute path within the workspace. */
function names(text: string, path: string, workspace: string): boolean {
  if (`${resolve(workspace)}/`.startsWith(`${path}/`) && resolve(workspace) !== path) return false;
  return text.includes(path);
}

function refuse(why: string, rule: string): Ruling {
  return { verdict: 'refuse', reason: `${why}; it is refused whatever was allowed.`, rule };
}
