/**
 * What is spawned for a stdio server: inside the OS sandbox where there is one, else as it is, with a watcher that ends
 * its whole group when the worker dies. Its environment is a short list, never the worker's.
 */
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { StdioServer } from '../../domain/mcp.js';
import { makeDirectory } from '../../durable/write.js';
import type { Confined, Sandbox } from '../sandbox/sandbox.js';

export interface Launch extends Confined {
  readonly cwd: string;
  /** Descriptor 3 must be a pipe whose other end dies with the worker. */
  readonly watched: boolean;
}

export interface LaunchOptions {
  readonly workdir: string;
  readonly sandbox: Sandbox | undefined;
  /** Of the worker. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Throws a RookeryError for what cannot be confined. */
export async function prepareLaunch(server: StdioServer, options: LaunchOptions): Promise<Launch> {
  const home = join(options.workdir, 'mcp', server.name);
  await makeDirectory(home);
  const cwd = await realpath(server.workspace ?? home);
  const env = environmentFor(server, options.env, home);
  const argv = [server.command, ...server.args] as const;
  if (!isConfined(server, options.sandbox)) {
    return { argv: watching(argv), env, isAround: false, release: async () => [], cwd, watched: true };
  }
  const hosts = server.network ?? [];
  const confined = await options.sandbox.command({ argv, cwd, workspace: cwd, env, hosts });
  const watched = !confined.isAround;
  return { ...confined, argv: watched ? watching(confined.argv) : confined.argv, cwd, watched };
}

// ---

function isConfined(server: StdioServer, sandbox: Sandbox | undefined): sandbox is Sandbox {
  return sandbox !== undefined && server.sandbox !== 'off';
}

function environmentFor(server: StdioServer, worker: LaunchOptions['env'], home: string): Record<string, string> {
  const named = (server.env ?? []).map((name) => [name, worker[name]] as const);
  const all = [
    ['PATH', worker.PATH ?? '/usr/local/bin:/usr/bin:/bin'],
    ['LANG', worker.LANG],
    ['HOME', home],
    ...named,
  ] as const;
  return Object.fromEntries(all.filter((entry): entry is readonly [string, string] => entry[1] !== undefined));
}

/** `exec` keeps the number: the server leads the group that the watcher ends. */
const WATCHER = `( read -r _ <&3; kill -9 -$$ ) < /dev/null > /dev/null 2>&1 &
exec 3<&-
exec "$@"`;

function watching(argv: readonly string[]): [string, ...string[]] {
  return ['/bin/sh', '-c', WATCHER, 'sh', ...argv];
}
