/**
 * The wall around tools that write, higher than the one for reading: what runs later is not written at all. A file is
 * replaced by a rename within its directory, so whatever else its old bytes are called keeps them.
 */
import { lstat } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import { Refusal } from '../domain/errors.js';
import { foldName, protectionOf } from '../domain/protected.js';
import { quotedPath } from '../domain/visible.js';
import { writeDurably } from '../files/atomic-write.js';
import { ignoring } from '../files/errors.js';
import { noteOwn } from '../files/temporary-notes.js';
import type { FileVersion } from './file-version.js';
import type { ToolContext } from './tool.js';
import { type HeldDirectory, pinParent, resolveForTool, type WorkspacePath } from './workspace.js';

/** For the model, of every tool that writes. */
export const WRITE_REFUSALS =
  'Refused are credential files and what other programs run later: .git, .vscode, shell start files and the like; ' +
  'pipelines, hooks and instructions for agents (.github/workflows, AGENTS.md and the like) ask.';

/** As `resolveForTool`, for a file that is to be written. By the name that was given and by the one it leads to. */
export async function resolveForWriting(path: string, context: ToolContext): Promise<WorkspacePath> {
  const place = await resolveForTool(context, path);
  const real = relative(place.root, place.real);
  const [givenPath, targetPath] = [protectionOf(place.shown), protectionOf(real)];
  if (givenPath === 'refused' || targetPath === 'refused') {
    throw new Refusal(`${quotedPath(path)} is protected: what is written there runs later. It cannot be changed.`);
  }
  // Asked was about the name that was given.
  if (targetPath === 'asked' && givenPath === undefined) {
    throw new Refusal(
      `${quotedPath(path)} leads to ${quotedPath(real)}, which runs later; give that path, so that it can ask.`,
    );
  }
  await refuseRepositoryPart(place);
  if (path.endsWith('/')) throw new Refusal(`${quotedPath(path)} names a directory; give the path of a file.`);
  return place;
}

/** What a directory with a file `HEAD` becomes a git repository by, or keeps what git runs in. */
const REPOSITORY_PARTS: ReadonlySet<string> = new Set([
  ...['config', 'config.worktree', 'objects', 'refs', 'commondir', 'hooks', 'info', 'modules', 'worktrees'],
  ...['packed-refs', 'gitdir'],
]);

/**
 * Git takes a directory with `HEAD`, `objects` and `refs` for a repository, and runs what its `config` names. `HEAD` is
 * protected by its name; next to an existing one, none of the rest is written. So neither the order of calls
 * nor calls at the same time build one.
 */
async function refuseRepositoryPart({ root, real, shown }: WorkspacePath): Promise<void> {
  let directory = root;
  for (const name of relative(root, real).split(sep)) {
    const isPart = REPOSITORY_PARTS.has(foldName(name));
    if (isPart && (await lstat(join(directory, 'HEAD')).catch(ignoring('ENOENT', 'ENOTDIR'))) !== undefined) {
      throw new Refusal(
        `${quotedPath(shown)} would be a part of a git repository, because there is a HEAD beside ${quotedPath(name)}. It cannot be changed.`,
      );
    }
    directory = join(directory, name);
  }
}

/** Throws a Refusal for a file that is not as the task last read or wrote it: another's edit would be lost. */
export function refuseChanged(place: WorkspacePath, now: FileVersion, { seen }: ToolContext): void {
  const last = seen?.last(place.real);
  if (last === undefined || last === now.hash) return;
  throw new Refusal(
    `${quotedPath(place.shown)} has changed since you last read or wrote it; nothing was written. Read it again, and keep what was changed.`,
  );
}

export interface Replacing extends Pick<ToolContext, 'notes'> {
  /** Is asked right before the rename, with a path that leads to the file; its no drops the write. */
  readonly guard?: (path: string) => boolean;
}

/** @returns false when the guard dropped the write */
export async function replaceFile(
  place: WorkspacePath,
  content: string,
  { guard, notes }: Replacing = {},
): Promise<boolean> {
  return inParent(place, async (path) => {
    const found = await lstat(path).catch(ignoring('ENOENT'));
    if (found?.isDirectory()) throw new Refusal(`${quotedPath(place.shown)} is a directory; give the path of a file.`);
    if (found && !found.isFile()) throw new Refusal(`${quotedPath(place.shown)} is not a regular file.`);
    const mode = found ? { exactMode: found.mode & 0o777 } : { mode: 0o666 };
    return writeDurably(path, content, {
      ...mode,
      ...(guard ? { guard: () => guard(path) } : {}),
      // The path that was given leads through this process.
      ...(notes ? { noted: (file) => noteOwn(notes, join(dirname(place.real), basename(file))) } : {}),
    });
  });
}

/** The path goes through the directory that is held open. Missing directories are made. */
export async function inParent<T>(place: WorkspacePath, act: (path: string) => Promise<T>): Promise<T> {
  if (place.real === place.root) throw new Refusal('The workspace itself is a directory; give the path of a file.');
  const parent: HeldDirectory = await pinParent(place);
  try {
    return await act(join(parent.path, basename(place.real)));
  } finally {
    await parent.close();
  }
}
