/** npm as a user runs it: without the settings that an `npm test` around the tests hands down. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Packed {
  /** The tarball. */
  readonly file: string;
  /** Paths of its files. */
  readonly paths: readonly string[];
  remove(): Promise<void>;
}

/** What a process is not to get from this one. */
const FOREIGN =
  /^(npm_(lifecycle|package|config_(local_prefix|prefix|global_prefix))|INIT_CWD$|NODE_|VITEST|ROOKERY_|TEMPORAL_)/;

export function plainEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !FOREIGN.test(name)));
}

/** Of the build that is there. */
export async function pack(): Promise<Packed> {
  const directory = await mkdtemp(join(tmpdir(), 'rookery-packed-'));
  const ended = await runIn('.', ['npm', 'pack', '--json', '--ignore-scripts', '--pack-destination', directory]);
  if (ended.code !== 0) throw new Error(`npm pack failed: ${ended.stderr}`);
  const found: unknown = JSON.parse(ended.stdout);
  const [{ filename, files }] = Object.values(found as object) as [{ filename: string; files: { path: string }[] }];
  return {
    file: join(directory, filename),
    paths: files.map(({ path }) => path),
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

/** A command line in a directory; ends with the process. */
export function runIn(directory: string, line: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const [command = '', ...args] = line;
  const child = spawn(command, args, {
    cwd: resolve(directory),
    env: { ...plainEnvironment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
    });
  return new Promise((done, failed) => {
    child.once('error', failed);
    child.once('close', (code) => done({ code, ...output }));
  });
}
