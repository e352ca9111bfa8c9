import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { removeAbandonedDirectories } from '../../src/files/temporary-directory.js';
import { noteDurably, removeNotedLeftovers, withNotes } from '../../src/files/temporary-notes.js';
import { protect } from '../../src/sandbox/protect.js';
import { chance, LONG, SCALE, SEEDS } from '../support/random.js';
import { sandboxHere } from '../support/sandbox.js';
import { until } from '../support/until.js';
import { createSite, type Site, write } from './site.js';

const { why } = await sandboxHere();
const MAIN = resolve('test/sandbox/busy-worker.ts');
const KILLS = Math.max(5, Math.round(50 * SCALE));
/** Begun calls, and milliseconds after the last of them. */
const MOST_CALLS = 30;
const MOST_MS = 40;

let site: Site;
let notes: string;
beforeEach(() => {
  site = createSite();
  notes = join(site.outside, 'notes');
});
afterEach(() => site.remove());

function found(directory: string): string[] {
  return execFileSync('find', [directory, '-printf', '%p %y %m\n'], { encoding: 'utf8' }).split('\n').sort();
}

function temporaryDirectories(pid: number): string[] {
  return readdirSync(tmpdir()).filter((name) => new RegExp(`^rookery-[a-z]+-${pid}-`).test(name));
}

async function kill(workspace: string, { calls, ms }: { calls: number; ms: number }): Promise<number> {
  const args = ['--import', 'jiti/register', MAIN, workspace, site.home, notes];
  const worker = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let begun = 0;
  worker.stdout.on('data', (dots: Buffer) => {
    begun += dots.length;
  });
  await until(() => begun >= calls, { what: 'the calls have begun' });
  await pause(ms);
  worker.kill('SIGKILL');
  await once(worker, 'exit');
  return worker.pid ?? 0;
}

async function startNextWorker(): Promise<void> {
  await removeAbandonedDirectories();
  await removeNotedLeftovers(notes);
}

describe.skipIf(why !== '')(`after a kill -9 at any moment of commands in the sandbox${why}`, () => {
  test(
    `the next worker start leaves the workspace as it was: ${KILLS} of ${KILLS}`,
    async () => {
      const { below } = chance(SEEDS.at(-1) ?? 1);
      const plain = join(site.home, 'plain');
      write(join(plain, 'readme.md'), 'hello\n');
      let dirty = 0;
      for (let round = 0; round < KILLS; round++) {
        const workspace = round % 2 === 0 ? site.workspace : plain;
        const before = found(workspace);
        const pid = await kill(workspace, { calls: 1 + below(MOST_CALLS), ms: below(MOST_MS) });
        if (JSON.stringify(found(workspace)) !== JSON.stringify(before)) dirty++;
        await startNextWorker();
        expect(found(workspace)).toEqual(before);
        expect(temporaryDirectories(pid)).toEqual([]);
      }
      // Else nothing was tried.
      expect(dirty).toBeGreaterThan(0);
      expect(readdirSync(notes)).toEqual([]);
    },
    LONG ? 600_000 : 120_000,
  );
});

describe('a stand-in', () => {
  const place = () => ({ workspace: site.workspace, isHome: false, notes });
  const standIn = () => join(site.workspace, '.vscode');

  test('stays for a command of another process of the same work directory', async () => {
    const one = await protect(place());
    const other = await protect(place());
    await one.release();
    expect(other.fixed.filter((path) => !existsSync(path))).toEqual([]);
    await other.release();
    expect(existsSync(standIn())).toBe(false);
  });

  test('that was filled meanwhile is kept, with an ordinary mode', async () => {
    const protection = await protect(place());
    write(join(standIn(), 'settings.json'), '{}');
    await protection.release();
    expect(existsSync(join(standIn(), 'settings.json'))).toBe(true);
    expect(statSync(standIn()).mode & 0o7000).toBe(0);
  });

  test('that was replaced by an empty directory of the person is kept', async () => {
    const protection = await protect(place());
    rmSync(standIn(), { recursive: true });
    mkdirSync(join(site.workspace, 'taken'));
    mkdirSync(standIn());
    await protection.release();
    expect(existsSync(standIn())).toBe(true);
  });

  test('an empty directory under a protected name that was not noted is kept, and protected', async () => {
    mkdirSync(standIn());
    const protection = await protect(place());
    expect(protection.fixed).toContain(standIn());
    expect(protection.standIns).not.toContain(standIn());
    await protection.release();
    expect(existsSync(standIn())).toBe(true);
  });

  test('is noted in a file of mode 0600 before it is made', async () => {
    const noted = await protect(place());
    const [name = ''] = readdirSync(notes);
    expect(statSync(join(notes, name)).mode & 0o777).toBe(0o600);
    await noted.release();
    expect(readdirSync(notes)).toEqual([]);
    // Where nothing can be noted, nothing is made.
    rmSync(notes, { recursive: true });
    write(notes, 'a file');
    const before = found(site.workspace);
    await expect(protect(place())).rejects.toThrow(/Cannot/);
    expect(found(site.workspace)).toEqual(before);
  });

  test('whose identity was not noted any more is known by its mode', async () => {
    mkdirSync(notes, { recursive: true });
    mkdirSync(standIn());
    const note = await noteDurably(notes, [{ kind: 'directory', path: standIn() }]);
    const deadPid = String(execFileSync('/bin/sh', ['-c', 'echo $$'], { encoding: 'utf8' })).trim();
    execFileSync('mv', [note.path, note.path.replace(/[^/]*$/, (name) => name.replace(/^\d+/, deadPid))]);
    const leftBehind = join(notes, readdirSync(notes)[0] ?? '');
    execFileSync('cp', [leftBehind, `${site.outside}/copy`]);
    await removeNotedLeftovers(notes);
    expect(existsSync(standIn())).toBe(true);
    chmodSync(standIn(), 0o1755);
    execFileSync('mv', [`${site.outside}/copy`, leftBehind]);
    await withNotes(notes, async () => undefined);
    expect(existsSync(standIn())).toBe(false);
  });
});
