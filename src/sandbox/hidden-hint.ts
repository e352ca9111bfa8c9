/**
 * One line for a command that failed because the sandbox hides what it needs: the path in its output, or the place to which
 * a link in the workspace leads. Says nothing about whether a path exists.
 */
import { realpath } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isCredential, isCredentialDirectory } from '../domain/credentials.js';
import { isWithin } from '../files/paths.js';
import { isHiddenPlace } from './hidden-roots.js';
import { TOOLCHAINS } from './toolchain-table.js';

export interface HintPlace {
  readonly cwd: string;
  readonly workspace: string;
  /** Real path. */
  readonly home: string;
  /** Rookery's own data. */
  readonly hidden: readonly string[];
  /** Paths that the command could see. */
  readonly visible: readonly string[];
  /** Of the worker: it may name where toolchains lie. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
}

/** `output`: what the command printed. */
export async function hintFor(output: string, place: HintPlace): Promise<string | undefined> {
  for (const line of output.split('\n').slice(-MAX_LINES)) {
    const launched = await launcherNeeds(line, place);
    if (launched !== undefined) return sentenceOf(launched);
    if (!MISSING.test(line)) continue;
    for (const [path] of line.slice(0, MAX_CHARACTERS).matchAll(PATH)) {
      const hidden = await hiddenPath(path, place);
      if (hidden !== undefined) return sentenceOf(hidden);
    }
  }
  return undefined;
}

// ---

const MAX_LINES = 200;
const MAX_CHARACTERS = 2_000;
const MISSING = /not found|no such file|cannot find|can't find|does not exist|bad interpreter|ENOENT/i;
/** With a slash: a name alone is looked up in the PATH. */
const PATH = /(?:~|\.{1,2})?(?:\/?[\w.@+-]+)?(?:\/[\w.@+-]+)+/g;

/** What launchers say that do not find what they launch: no path is in it. */
const LAUNCHERS: readonly (readonly [says: RegExp, toolchain: string])[] = [
  [/no default is configured|rustup could not choose a version/, 'rustup'],
  [/^pyenv: .*(is not installed|command not found)/, 'pyenv'],
  [/^rbenv: .*(is not installed|command not found)/, 'rbenv'],
  [/^nodenv: .*(is not installed|command not found)/, 'nodenv'],
  [/^No (version is set for command|preset version installed for command) /, 'asdf'],
  [/^mise .*(is not a valid shim|not installed|no version is set)/i, 'mise'],
  [/^N\/A: version .* is not (yet )?installed/, 'nvm'],
  [/^Volta error: .*not available/, 'volta'],
  [/JAVA_HOME (environment variable )?is (not (set|defined)|set to an invalid directory)/, 'java'],
];

async function launcherNeeds(line: string, place: HintPlace): Promise<string | undefined> {
  const name = LAUNCHERS.find(([says]) => says.test(line))?.[1];
  const toolchain = TOOLCHAINS.find((one) => one.name === name);
  if (!toolchain) return undefined;
  const { variable, roots } = toolchain;
  const given = variable && place.env?.[variable];
  const root = given || (roots[0] && join(place.home, roots[0]));
  // A part of it is shown where it was found: then it is not what was missing.
  const isShown = root !== undefined && place.visible.some((one) => isWithin(root, one));
  return root === undefined || isShown ? undefined : hiddenPath(root, place);
}

function sentenceOf(path: string): string {
  return `hidden by the sandbox: ${path}; add it to [sandbox] read`;
}

async function hiddenPath(text: string, place: HintPlace): Promise<string | undefined> {
  const { cwd, workspace, home, hidden, visible } = place;
  const path = resolve(cwd, text.replace(/^~(?=\/)/, home));
  // Only a link of the workspace is followed: it can be read there anyway.
  const target = isWithin(workspace, path) ? await realpath(path).catch(() => undefined) : path;
  if (target === undefined || !isHiddenPlace(target, home)) return undefined;
  if ([workspace, '/tmp', '/run', '/var/tmp', ...visible].some((root) => isWithin(root, target))) return undefined;
  const isPrivate =
    isCredential(target) || isCredentialDirectory(target) || hidden.some((one) => isWithin(one, target));
  return isPrivate ? undefined : target;
}
