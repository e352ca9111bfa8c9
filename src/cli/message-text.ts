/** The text of a message: the words, stdin, or what the person writes in an editor. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { environment } from '../config/environment.js';
import { RookeryError } from '../domain/errors.js';
import type { VerbOptions } from './session.js';
import { decoded, fromWords } from './task-input.js';

/** Throws `usage` when there is nothing in it. */
export async function readMessage(words: readonly string[], { literal }: VerbOptions): Promise<string> {
  const text = words.length === 0 ? await fromEditor() : await fromWords(words, literal);
  if (text.trim() !== '') return text.trim();
  throw new RookeryError('usage', 'The message is empty', { hint: HINT });
}

// ---

const HINT = 'Give it as words, as - from stdin, or set $VISUAL or $EDITOR and write it there';

/** In a file that only this user can read. */
async function fromEditor(): Promise<string> {
  const editor = environment.VISUAL || environment.EDITOR;
  if (!editor || process.stdin.isTTY !== true)
    throw new RookeryError('usage', 'The message is missing', { hint: HINT });
  const directory = await mkdtemp(join(tmpdir(), 'rookery-message-'));
  const file = join(directory, 'message.md');
  try {
    await writeFile(file, '', { mode: 0o600 });
    // As git does: the variable may hold options.
    const { status, error } = spawnSync('sh', ['-c', `${editor} "$@"`, editor, file], { stdio: 'inherit' });
    if (error || status !== 0) {
      throw new RookeryError('usage', `The editor '${editor}' has failed, so nothing was sent`, { cause: error });
    }
    return decoded(await readFile(file), 'The message');
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
