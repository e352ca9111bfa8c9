/**
 * The ground of the projects: one home that has what all of them bring along, and a directory in it for each. Of a project
 * that cannot be tested here it says why, for the name of the test that is skipped.
 */
import { execFile, execFileSync } from 'node:child_process';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Site, write } from '../sandbox/site.js';
import { LONG } from '../support/random.js';
import type { Project } from './projects.js';

/** Of the person; a test sets HOME later. */
const HERE = homedir();

const SHIMS: readonly string[] = ['.pyenv/shims', '.asdf/shims', '.local/share/mise/shims'];

/** A registry that does not answer, or a machine that is busy. */
const FILL_MS = 600_000;

/** The person's toolchains, and a home of the test for what the projects bring along. */
export function environmentOf({ home }: Site): Record<string, string> {
  const own = {
    RUSTUP_HOME: join(HERE, '.rustup'),
    PATH: [...SHIMS.map((one) => join(home, one)), process.env.PATH].join(':'),
  };
  return { ...own, HOME: home, LANG: 'C.UTF-8' };
}

export function directoryOf({ home }: Site, { name }: Project): string {
  return join(home, 'projects', name.replace(/\W+/g, '-'));
}

export interface Prepared {
  readonly project: Project;
  /** Why it cannot be tested here; empty: it can. */
  readonly reason: string;
}

/** Writes each project and fills its cache, one after the other. */
export async function prepare(site: Site, projects: readonly Project[]): Promise<Prepared[]> {
  const prepared: Prepared[] = [];
  for (const project of projects) prepared.push({ project, reason: await missing(site, project) });
  return prepared;
}

/** Runs in the project, without the sandbox. */
export async function outside(site: Site, project: Project, script: string): Promise<void> {
  const env = { ...process.env, ...environmentOf(site), PATH: process.env.PATH };
  const options = { cwd: directoryOf(site, project), env, timeout: FILL_MS };
  await promisify(execFile)('/bin/sh', ['-ec', script], options);
}

// ---

async function missing(site: Site, project: Project): Promise<string> {
  const { needs, heavy, fill, files } = project;
  const absent = needs.filter((name) => !works(name));
  if (absent.length > 0) return ` (skipped: ${absent.join(', ')} is not installed)`;
  if (heavy && !LONG) return ' (skipped: runs with --long)';
  for (const [name, text] of Object.entries(files)) write(join(directoryOf(site, project), name), text);
  const problem = fill === undefined ? undefined : await outside(site, project, fill).catch((error: Error) => error);
  return problem ? ` (skipped: its cache cannot be filled, ${problem.message.trim().split('\n').at(-1)})` : '';
}

function works(program: string): boolean {
  try {
    execFileSync('/bin/sh', ['-c', 'command -v "$1"', 'sh', program], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
