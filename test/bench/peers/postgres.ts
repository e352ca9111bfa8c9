/** A throw-away cluster of PostgreSQL with its defaults, where its programs are installed. Never as root: it refuses that. */
import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { until } from '../../support/until.js';
import { freePort } from './ports.js';
import type { SystemServer } from './system.js';

const run = promisify(execFile);
const VERSIONED = '/usr/lib/postgresql';

/** In the system's directory for temporary files: the user who runs it cannot enter a directory of root's. */
export async function startPostgres(): Promise<SystemServer> {
  const programs = programsOf();
  const user = userOf();
  const directory = await mkdtemp(join(tmpdir(), 'rookery-postgres-'));
  if (user) chownSync(directory, user.uid, user.gid);
  const data = join(directory, 'data');
  const options = { cwd: directory, ...user };
  await run(join(programs, 'initdb'), ['-D', data, '-A', 'trust', '-U', 'bench', '--locale=C', '-E', 'UTF8'], options);
  const port = await freePort();
  const settings = ['-h', '127.0.0.1', '-p', String(port), '-k', directory];
  const child = spawn(join(programs, 'postgres'), ['-D', data, ...settings], { ...options, stdio: 'ignore' });
  const ended = once(child, 'exit');
  const url = `postgresql://bench@127.0.0.1:${port}/postgres`;
  const isReady = (): Promise<boolean> =>
    run(join(programs, 'pg_isready'), ['-h', '127.0.0.1', '-p', String(port)]).then(
      () => true,
      () => false,
    );
  await until(isReady, { what: 'PostgreSQL is ready' });
  return {
    pid: child.pid as number,
    settings: { url },
    async stop() {
      // A fast shutdown: sessions are ended.
      child.kill('SIGINT');
      await ended;
      await rm(directory, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

// ---

function programsOf(): string {
  const versions = existsSync(VERSIONED) ? readdirSync(VERSIONED).sort((a, b) => Number(b) - Number(a)) : [];
  const places = [
    ...(process.env.PATH ?? '').split(delimiter),
    ...versions.map((version) => join(VERSIONED, version, 'bin')),
  ];
  const found = places.find((place) =>
    ['initdb', 'postgres', 'pg_isready'].every((name) => existsSync(join(place, name))),
  );
  if (!found) throw new Error(`no PostgreSQL: 'initdb' is neither in PATH nor below ${VERSIONED}`);
  return found;
}

/** Undefined: as the one who runs the benchmark. */
function userOf(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    try {
      const [uid, gid] = ['-u', '-g'].map((flag) => Number(execFileSync('id', [flag, name], { stdio: 'pipe' })));
      if (uid && gid) return { uid, gid };
    } catch {
      // There is no such user.
    }
  }
  throw new Error("PostgreSQL does not run as root, and there is neither a user 'postgres' nor 'nobody'");
}
