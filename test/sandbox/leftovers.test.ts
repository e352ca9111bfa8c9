import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LONG, SCALE } from '../support/random.js';
import { sandboxHere } from '../support/sandbox.js';
import { until } from '../support/until.js';
import { createSite, type Site } from './site.js';

const { why } = await sandboxHere();
const MAIN = resolve('test/sandbox/worker.ts');
const ROUNDS = Math.max(3, Math.round(100 * SCALE));
const AT_ONCE = 2;

let site: Site;
beforeEach(() => {
  site = createSite();
});
afterEach(() => site.remove());

/** Processes that carry the mark of a round in their command line. */
function living(mark: string): string[] {
  return readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && commandLine(pid).includes(mark));
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return '';
  }
}

/** Leaves the group, the session, the parent and the environment, and listens to no signal. */
const leavers = (mark: string): string => `setsid nohup sleep ${mark} >/dev/null 2>&1 &
(setsid nohup sleep ${mark} >/dev/null 2>&1 &)
setsid env -i sh -c 'trap "" TERM HUP INT; while :; do sleep 1; done; : ${mark}' &
touch ready-${mark}; wait`;

async function round(index: number): Promise<string[]> {
  const mark = `7${process.pid}${index}`;
  const worker = start(mark);
  const ended = new Promise((done) => worker.once('exit', done));
  await until(() => existsSync(join(site.workspace, `ready-${mark}`)), { what: 'the command runs' });
  await until(() => living(mark).length >= 4, { what: 'its leavers run' });
  worker.kill('SIGKILL');
  await ended;
  await until(() => living(mark).length === 0, { what: 'nothing lives' }).catch(() => undefined);
  return living(mark);
}

function start(mark: string): ChildProcess {
  const args = ['--import', 'jiti/register', MAIN, site.workspace, `call-${mark}`, leavers(mark)];
  return spawn(process.execPath, args, { stdio: 'ignore' });
}

describe.skipIf(why !== '')(`a worker that is killed${why}`, () => {
  test(
    `leaves no process of its commands behind: ${ROUNDS} of ${ROUNDS}`,
    async () => {
      const survivors: string[] = [];
      for (let index = 0; index < ROUNDS; index += AT_ONCE) {
        const rounds = Array.from({ length: Math.min(AT_ONCE, ROUNDS - index) }, (_, at) => round(index + at));
        survivors.push(...(await Promise.all(rounds)).flat());
      }
      expect(survivors).toEqual([]);
    },
    LONG ? 600_000 : 120_000,
  );
});
