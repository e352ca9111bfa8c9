/**
 * One line for a command that failed because the sandbox hides what it needs: the path in its output, or the place to which
 * a link in the workspace leads. Says nothing about whether a path exists.
 */
import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { isCredential, isCredentialDirectory } from '../domain/credentials.js';
import { isWithin } from '../files/paths.js';
import { isHiddenPlace } from './hidden-roots.js';

export interface HintPlace {
  readonly cwd: string;
  readonly workspace: string;
  /** Real path. */
  readonly home: string;
  /** Rookery's own data. */
  readonly hidden: readonly string[];
  /** Paths that the command could see. */
  readonly visible: readonly string[];
}

/** `output`: what the command printed. */
export async function hintFor(output: string, place: HintPlace): Promise<string | undefined> {
  for (const line of output.split('\n').slice(-MAX_LINES)) {
    if (!MISSING.test(line)) continue;
    for (const [path] of line.slice(0, MAX_CHARACTERS).matchAll(PATH)) {
      const hidden = await hiddenPath(path, place);
      if (hidden !== undefined) return `hidden by the sandbox: ${hidden}; add it to [sandbox] read`;
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
