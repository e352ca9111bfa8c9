/**
 * Asks ripgrep which files under a directory hold one of some texts. The result is a hint, never shown: it works on
 * paths, which may lead elsewhere from one moment to the next, so the caller opens each file through the workspace.
 */
import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { pinDirectory } from './workspace.js';

/** Absolute path of `rg`. Where PATH names directories relative to anything, they are passed over. */
export function findRipgrep(path = ''): string | undefined {
  return path
    .split(delimiter)
    .filter(isAbsolute)
    .map((directory) => join(directory, 'rg'))
    .find(isProgram);
}

export interface ListingOptions {
  readonly program: string;
  readonly texts: readonly string[];
  /** Real path of the directory. */
  readonly directory: string;
  /** Whether what .gitignore files in it name is there too. */
  readonly ignored: boolean;
  readonly maxBytes: number;
  /** On the clock of performance.now(). */
  readonly deadline: number;
  readonly signal: AbortSignal;
}

export interface Listing {
  /** Relative to the directory, in no order. */
  readonly names: readonly string[];
  /** False: it was ended before it was through. */
  readonly complete: boolean;
}

/** @returns undefined when it cannot be run, or rejects the arguments. */
export async function filesContaining(options: ListingOptions): Promise<Listing | undefined> {
  // Its start is in the directory itself, wherever the path leads meanwhile.
  const pinned = await pinDirectory(options.directory);
  try {
    return await list(options, pinned.path);
  } finally {
    await pinned.close();
  }
}

// ---

const MAX_LISTED_BYTES = 4 * 1024 * 1024;

const FLAGS: readonly string[] = [
  ...['--no-config', '--no-messages', '--color=never', '--files-with-matches', '--null'],
  // The same files as the walk takes.
  ...['--hidden', '--no-follow', '--glob=!.git/', '--glob=!node_modules/'],
  // Bytes as they are: which files are text is decided here.
  ...['--text', '--encoding=none', '--no-mmap', '--fixed-strings', '--case-sensitive'],
];

/** Of the files that say what is ignored, only .gitignore in the directory or under it. */
const GITIGNORE_ONLY: readonly string[] = [
  ...['--no-ignore-parent', '--no-ignore-global', '--no-ignore-dot', '--no-ignore-exclude', '--no-require-git'],
];

function list(
  { program, texts, maxBytes, ignored, deadline, signal }: ListingOptions,
  cwd: string,
): Promise<Listing | undefined> {
  const args = [
    ...FLAGS,
    ...(ignored ? ['--no-ignore'] : GITIGNORE_ONLY),
    `--max-filesize=${maxBytes}`,
    ...texts.map((text) => `--regexp=${text}`),
    './',
  ];
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd, env: {}, stdio: ['ignore', 'pipe', 'ignore'] });
    const chunks: Buffer[] = [];
    let bytes = 0;
    let stopped = false;
    const stop = (): void => {
      stopped = true;
      child.kill('SIGKILL');
    };
    const timer = setTimeout(stop, Math.max(0, deadline - performance.now()));
    signal.addEventListener('abort', stop, { once: true });
    const finish = (listing: Listing | undefined): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      resolve(listing);
    };
    child.stdout.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > MAX_LISTED_BYTES) stop();
    });
    child.once('error', () => finish(undefined));
    child.once('close', (code) => {
      // 2 is also said of a single directory that may not be read.
      const ended = code === 0 || code === 1 || (code === 2 && bytes > 0);
      finish(ended || stopped ? { names: namesIn(Buffer.concat(chunks)), complete: !stopped } : undefined);
    });
  });
}

/** What is behind the last NUL is a name of which the end is missing. */
function namesIn(listed: Buffer): string[] {
  const names = listed.toString('utf8').split('\0').slice(0, -1);
  return names.map((name) => name.replace(/^\.\//, ''));
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
