/** A throw-away cluster of PostgreSQL with its defaults, where its programs are installed. Never as root: it refuses that. */
import { execFile, execFileSync } from 'node:child_process';
import { chownSync, existsSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './ports.js';
import { startService } from './service.js';
import type { SystemServer } from './system.js';

const run = promisify(execFile);
const VERSIONED = '/usr/lib/postgresql';

/** In the system's directory for temporary files: the user who runs it cannot enter a directory of root's. */
export async function startPostgres(): Promise<SystemServer> {
  const programs = programsOf();
  const user = userOf();
  const directory = await mkdtemp(join(tmpdir(), 'rookery-postgres-'));
  const remove = (): Promise<void> => rm(directory, { recursive: true, force: true, maxRetries: 3 });
  if (user) chownSync(directory, user.uid, user.gid);
  const data = join(directory, 'data');
  const port = String(await freePort());
  const isReady = (): Promise<boolean> =>
    run(join(programs, 'pg_isready'), ['-h', '127.0.0.1', '-p', port]).then(
      () => true,
      () => false,
    );
  try {
    const made = ['-D', data, '-A', 'trust', '-U', 'bench', '--locale=C', '-E', 'UTF8'];
    await run(join(programs, 'initdb'), made, { cwd: directory, ...user });
    const { pid, stop } = await startService(join(programs, 'postgres'), {
      name: 'PostgreSQL',
      args: ['-D', data, '-h', '127.0.0.1', '-p', port, '-k', directory],
      cwd: directory,
      ...user,
      // A fast shutdown: sessions are ended.
      stopWith: 'SIGINT',
      isReady,
    });
    const settings = { url: `postgresql://bench@127.0.0.1:${port}/postgres` };
    return { pid, settings, stop: () => stop().then(remove) };
  } catch (error) {
    await remove();
    throw error;
  }
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
