/**
 * Prepares the process of a stdio server: inside the OS sandbox where there is one, else directly, with a watchdog that
 * ends its process group when the worker dies. Its environment is a short list, never the worker's.
 */

import { realpath } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { RookeryError } from '../domain/errors.js';
import type { StdioServer } from '../domain/mcp.js';
import { proxySettingsOf } from '../domain/proxies.js';
import { makeDirectory } from '../files/atomic-write.js';
import { trustedPath } from '../processes/trusted-path.js';
import { HOME_ROOTS } from '../sandbox/hidden-roots.js';
import type { Confined, Sandbox, VisiblePath } from '../sandbox/sandbox.js';
import { withoutShims } from '../sandbox/shims.js';
import { installedFor } from './installed.js';
import { packageLine, REGISTRIES } from './package-line.js';
import { programOf } from './program.js';

export interface McpLaunch extends Confined {
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
export async function prepareLaunch(server: StdioServer, options: LaunchOptions): Promise<McpLaunch> {
  const home = join(options.workdir, 'mcp', server.name);
  await makeDirectory(home);
  const cwd = await realpath(server.workspace ?? home);
  const env = environmentFor(server, options.env, { home, cwd });
  const packaged = await packageFor(server, options);
  const argv = packaged?.argv ?? ([server.command, ...server.args] as const);
  if (!isConfined(server, options.sandbox)) {
    return { argv: withWatchdog(argv), env, isAround: false, release: async () => [], cwd, watched: true };
  }
  const hosts = server.network ?? [];
  const proxies = proxySettingsOf(options.env);
  const program = await programIn(argv, { path: env.PATH ?? '', cwd });
  const shown = [...(packaged?.shown ?? []), ...program.shown];
  const confined = await options.sandbox.command({
    ...{ argv: program.argv, cwd, workspace: cwd, env, hosts, proxies, shown },
  });
  const watched = !confined.isAround;
  return { ...confined, argv: watched ? withWatchdog(confined.argv) : confined.argv, cwd, watched };
}

// ---

/**
 * @returns the installed package; undefined when the command line is started unchanged. Throws when the package would
 * have to be fetched.
 */
async function packageFor(server: StdioServer, { workdir, sandbox }: LaunchOptions) {
  const line = packageLine(server);
  if (line === undefined) return undefined;
  const installed = await installedFor(workdir, server, line);
  if (installed) {
    const shown: VisiblePath[] = [{ path: installed.directory, without: [] }];
    return { argv: [installed.program, ...line.args] as const, shown };
  }
  const registry = REGISTRIES[line.manager];
  const reaches = (server.network ?? []).some((host) => host.split(':')[0] === registry);
  if (!isConfined(server, sandbox) || reaches) return undefined;
  throw new RookeryError(
    'environment',
    `the package ${line.spec} is not installed, and in the sandbox there is no network to fetch it. ` +
      `Type: rookery mcp install ${server.name}`,
  );
}

async function programIn(argv: readonly [string, ...string[]], { path, cwd }: { path: string; cwd: string }) {
  const home = await realpath(homedir()).catch(() => homedir());
  const homes = await Promise.all([...HOME_ROOTS, home].map((one) => realpath(one).catch(() => one)));
  return programOf(argv, { path: await withoutShims(path, { homes, home, cwd, workspace: cwd }), home });
}

function isConfined(server: StdioServer, sandbox: Sandbox | undefined): sandbox is Sandbox {
  return sandbox !== undefined && server.sandbox !== 'off';
}

function environmentFor(
  server: StdioServer,
  worker: LaunchOptions['env'],
  { home, cwd }: Record<'home' | 'cwd', string>,
): Record<string, string> {
  const named = (server.env ?? []).map((name) => [name, worker[name]] as const);
  const all = [
    // A program in the workspace could have been planted there.
    ['PATH', trustedPath(worker.PATH ?? '/usr/local/bin:/usr/bin:/bin', cwd)],
    ['LANG', worker.LANG],
    ['HOME', home],
    ...named,
  ] as const;
  return Object.fromEntries(all.filter((entry): entry is readonly [string, string] => entry[1] !== undefined));
}

/** `exec` keeps the process id: the server leads the group that the watchdog ends. */
const WATCHDOG_SCRIPT = `( read -r _ <&3; kill -9 -$$ ) < /dev/null > /dev/null 2>&1 &
exec 3<&-
exec "$@"`;

function withWatchdog(argv: readonly string[]): [string, ...string[]] {
  return ['/bin/sh', '-c', WATCHDOG_SCRIPT, 'sh', ...argv];
}
