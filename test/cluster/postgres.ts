/** A PostgreSQL server of the test: durable as it comes (fsync on), stopped and started again while others use it. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chownSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../support/until.js';

export interface Postgres {
  readonly port: number;
  /** `fast`: sessions are cut. `immediate`: it stops as in a crash, and recovers from its log. */
  restart(how: 'fast' | 'immediate', downMs: number): Promise<void>;
  /** The whole content of all databases, as text. */
  dump(database: string): Buffer;
  stop(): Promise<void>;
}

export const DATABASE_USER = 'temporal';

export async function startPostgres(bin: string, directory: string, port: number): Promise<Postgres> {
  const data = join(directory, 'postgres');
  mkdirSync(data, { mode: 0o700 });
  const owner = unprivilegedUser();
  if (owner) chownSync(data, owner.uid, owner.gid);
  const environment = { PATH: process.env.PATH ?? '', LC_ALL: 'C' };
  const options = { env: environment, cwd: '/', ...owner };
  const program = (name: string, args: readonly string[]): Buffer =>
    execFileSync(join(bin, name), args, { ...options, stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 2 ** 31 });
  program('initdb', ['-D', data, '-U', DATABASE_USER, '-A', 'trust', '-E', 'UTF8', '--locale=C']);
  const connection = ['-h', '127.0.0.1', '-p', String(port), '-U', DATABASE_USER];
  const log = openSync(join(directory, 'postgres.log'), 'a');
  let child: ChildProcess;
  const start = async (): Promise<void> => {
    const settings = ['listen_addresses=127.0.0.1', `port=${port}`, 'unix_socket_directories=', 'max_connections=200'];
    const args = ['-D', data, ...settings.flatMap((setting) => ['-c', setting])];
    // Ctrl-C is for the program alone, which has to count first.
    child = spawn(join(bin, 'postgres'), args, { ...options, detached: true, stdio: ['ignore', log, log] });
    await until(() => isReady(() => program('pg_isready', connection)), { what: 'PostgreSQL is ready' });
  };
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await ended;
  };
  await start();
  return {
    port,
    async restart(how, downMs) {
      await stop(how === 'fast' ? 'SIGINT' : 'SIGQUIT');
      await new Promise((resolve) => setTimeout(resolve, downMs));
      await start();
    },
    dump: (database) => program('pg_dump', [...connection, '--inserts', database]),
    stop: () => stop('SIGINT'),
  };
}

// ---

/** PostgreSQL refuses to run as root. Undefined: this process is not root. */
function unprivilegedUser(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    try {
      const [uid, gid] = ['-u', '-g'].map((flag) => Number(execFileSync('id', [flag, name], { encoding: 'utf8' })));
      if (uid && gid) return { uid, gid };
    } catch {
      // No such user: the next one.
    }
  }
  throw new Error('PostgreSQL does not run as root, and there is neither a user postgres nor nobody.');
}

function isReady(ask: () => unknown): boolean {
  try {
    ask();
    return true;
  } catch {
    return false;
  }
}
