/**
 * The programs of a cluster: PostgreSQL of the system, and a Temporal server with its schema tool, built once from the Go
 * module and kept in the user's cache directory.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import envPaths from 'env-paths';

export const TEMPORAL_VERSION = '1.29.1';

export interface Binaries {
  readonly temporal: string;
  readonly sqlTool: string;
  /** Directory of `initdb` and `postgres`. */
  readonly postgres: string;
  readonly postgresVersion: string;
}

/** @returns a sentence that says what is missing, where the test cannot run. */
export function findBinaries(announce: (line: string) => void): Binaries | string {
  const postgres = postgresDirectory();
  if (!postgres) return 'PostgreSQL is missing (initdb and postgres): install postgresql-15';
  if (run('openssl', ['version']) === undefined) return 'openssl is missing';
  const directory = join(envPaths('rookery-cluster', { suffix: '' }).cache, `temporal-${TEMPORAL_VERSION}`);
  const [temporal, sqlTool] = [join(directory, 'server'), join(directory, 'sql')];
  if (!existsSync(temporal) || !existsSync(sqlTool)) {
    if (run('go', ['version']) === undefined) return 'Go is missing, which builds the Temporal server';
    announce(`building the Temporal server ${TEMPORAL_VERSION}: about three minutes, once`);
    mkdirSync(directory, { recursive: true });
    const module = 'go.temporal.io/server/cmd';
    const packages = ['server', 'tools/sql'].map((name) => `${module}/${name}@v${TEMPORAL_VERSION}`);
    const { status } = spawnSync('go', ['install', ...packages], {
      env: { ...process.env, GOBIN: directory },
      stdio: ['ignore', 2, 2],
    });
    if (status !== 0) return 'The Temporal server could not be built from its Go module';
  }
  const postgresVersion = run(join(postgres, 'postgres'), ['--version'])?.match(/\d+(\.\d+)*/)?.[0] ?? 'unknown';
  return { temporal, sqlTool, postgres, postgresVersion };
}

// ---

/** Debian and its relatives keep the programs of each version in a directory that is not in the PATH. */
function postgresDirectory(): string | undefined {
  const base = '/usr/lib/postgresql';
  const versions = existsSync(base) ? readdirSync(base).sort((a, b) => Number(b) - Number(a)) : [];
  const candidates = [...versions.map((version) => join(base, version, 'bin')), ...(process.env.PATH ?? '').split(':')];
  return candidates.find((path) => existsSync(join(path, 'initdb')) && existsSync(join(path, 'postgres')));
}

function run(command: string, args: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync(command, args, { encoding: 'utf8' });
  return status === 0 ? stdout : undefined;
}
