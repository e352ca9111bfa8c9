import { mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ownIdentity } from '../../src/files/process-identity.js';
import { type Claims, createClaims } from '../../src/tools/claims.js';
import { compile, runScript } from '../files/compiled.js';
import { until } from '../support/until.js';

const OBSERVATION = { call: 'c1', outcome: 'ok', content: 'done 😀' } as const;
let compiled: string;
let directory: string;
let claims: Claims;
beforeAll(async () => {
  compiled = await compile('src/tools/claims.ts');
});
afterAll(() => rm(compiled, { recursive: true, force: true }));
beforeEach(async () => {
  directory = join(await mkdtemp(join(tmpdir(), 'rookery-claims-')), 'claims');
  claims = createClaims(directory);
});
afterEach(() => rm(join(directory, '..'), { recursive: true, force: true }));

describe('a claim', () => {
  test('is fresh once; then interrupted until it is finished; then it gives the result for ever', async () => {
    expect(await claims.claim('t1', 'c1')).toEqual({ kind: 'fresh' });
    expect(await claims.claim('t1', 'c1')).toEqual({ kind: 'interrupted', owner: ownIdentity() });
    await claims.finish('t1', 'c1', OBSERVATION);
    for (let i = 0; i < 2; i++) {
      expect(await createClaims(directory).claim('t1', 'c1')).toEqual({ kind: 'finished', observation: OBSERVATION });
    }
  });

  test('has what its fresh caller does meanwhile done when it is given, and no other caller does it', async () => {
    const done: string[] = [];
    const meanwhile = (who: string) => async (): Promise<void> => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      done.push(who);
    };
    expect(await claims.claim('t1', 'c1', meanwhile('first'))).toEqual({ kind: 'fresh' });
    expect(done).toEqual(['first']);
    expect(await claims.claim('t1', 'c1', meanwhile('second'))).toMatchObject({ kind: 'interrupted' });
    expect(done).toEqual(['first']);
  });

  test('of another call or another task is another claim', async () => {
    for (const [task, call] of [
      ['t1', 'c1'],
      ['t1', 'c2'],
      ['t2', 'c1'],
    ] as const) {
      expect(await claims.claim(task, call)).toEqual({ kind: 'fresh' });
    }
  });

  test('is given to one of many at once', async () => {
    const all = await Promise.all(Array.from({ length: 50 }, () => createClaims(directory).claim('t1', 'c1')));
    expect(all.filter(({ kind }) => kind === 'fresh')).toHaveLength(1);
    expect(all.filter(({ kind }) => kind === 'interrupted')).toHaveLength(49);
  });

  test('is given to one of several processes', async () => {
    const code = `
      import { createClaims } from '${compiled}/src/tools/claims.js';
      const claims = createClaims(${JSON.stringify(directory)});
      for (let i = 0; i < 40; i++) if ((await claims.claim('t1', 'c' + i)).kind === 'fresh') console.log('c' + i);`;
    const scripts = Array.from({ length: 4 }, () => runScript(compiled, code));
    expect(await Promise.all(scripts.map(({ ended }) => ended))).toEqual([0, 0, 0, 0]);
    const fresh = scripts.flatMap((script) => script.printed().trim().split('\n').filter(Boolean));
    expect(fresh).toHaveLength(40);
    expect(new Set(fresh).size).toBe(40);
  });

  test('of a worker that is killed at any moment is fresh, finished or interrupted, and never fresh after it was given', async () => {
    const code = `
      import { writeSync } from 'node:fs';
      import { createClaims } from '${compiled}/src/tools/claims.js';
      const claims = createClaims(${JSON.stringify(directory)});
      for (let i = 0; ; i++) {
        const call = 'c' + process.pid + '-' + i;
        if ((await claims.claim('t1', call)).kind !== 'fresh') throw new Error(call);
        writeSync(1, 'given ' + call + '\\n');
        await claims.finish('t1', call, { call, outcome: 'ok', content: 'x'.repeat(20000) });
        writeSync(1, 'ended ' + call + '\\n');
      }`;
    for (let round = 0; round < 6; round++) {
      const worker = runScript(compiled, code);
      await until(() => worker.printed().length > 100 + round * 37, { what: 'the worker works' });
      worker.process.kill('SIGKILL');
      await worker.ended;
      const said = worker
        .printed()
        .split('\n')
        .slice(0, -1)
        .map((line) => line.split(' '));
      const ended = new Set(said.flatMap(([word, call]) => (word === 'ended' ? [call] : [])));
      for (const [word, call = ''] of said) {
        if (word !== 'given') continue;
        const { kind } = await claims.claim('t1', call);
        if (ended.has(call)) expect(kind).toBe('finished');
        else expect(['finished', 'interrupted']).toContain(kind);
      }
    }
  });

  test.each([
    '',
    '{',
    'null',
    '[]',
    '"x"',
    '{"call":"c1","outcome":"ok"}',
    '{"call":"c2","outcome":"ok","content":""}',
    '{"call":"c1","outcome":"Completed","content":""}',
  ])('with the result %j is interrupted', async (text) => {
    await claims.claim('t1', 'c1');
    await writeFile(join(directory, 't1/c1.result'), text);
    expect(await claims.claim('t1', 'c1')).toMatchObject({ kind: 'interrupted' });
  });

  test('with a torn result is interrupted, wherever it is torn', async () => {
    await claims.claim('t1', 'c1');
    await claims.finish('t1', 'c1', OBSERVATION);
    const path = join(directory, 't1/c1.result');
    for (let size = (await stat(path)).size - 1; size >= 0; size--) {
      await truncate(path, size);
      expect(await claims.claim('t1', 'c1')).toMatchObject({ kind: 'interrupted' });
    }
  });

  test('that is empty, as a power cut leaves it, is interrupted', async () => {
    await mkdir(join(directory, 't1'), { recursive: true });
    await writeFile(join(directory, 't1/c1'), '');
    expect(await claims.claim('t1', 'c1')).toEqual({ kind: 'interrupted' });
  });

  test('lies in private files', async () => {
    await claims.claim('t1', 'c1');
    await claims.finish('t1', 'c1', OBSERVATION);
    expect((await stat(join(directory, 't1'))).mode & 0o777).toBe(0o700);
    for (const name of await readdir(join(directory, 't1'))) {
      expect((await stat(join(directory, 't1', name))).mode & 0o777).toBe(0o600);
    }
    expect(JSON.parse(await readFile(join(directory, 't1/c1'), 'utf8'))).toMatchObject(ownIdentity());
  });

  test.each(['', '.', '..', '.x', 'a/b', '../x', 'a\0', 'ä', 'x'.repeat(129), 'c1.result', ' a', '-a', 'a\n'])(
    'for the call %j is refused',
    async (name) => {
      await expect(claims.claim('t1', name)).rejects.toMatchObject({ code: 'bad_input' });
      await expect(claims.finish('t1', name, OBSERVATION)).rejects.toMatchObject({ code: 'bad_input' });
    },
  );

  test.each(['', '.', '..', 'a/b', '../x', 'a\0', 'x'.repeat(241), 'a\n'])('for the task %j is refused', async (id) => {
    await expect(claims.claim(id, 'c1')).rejects.toMatchObject({ code: 'bad_input' });
  });

  test('of a task with an odd id is made once, under the name of its files, and swept when it is old', async () => {
    const id = 'nightly-2026-11-27T10:00:00Z';
    expect(await claims.claim(id, 'c1')).toEqual({ kind: 'fresh' });
    expect(await claims.claim(id, 'c1')).toMatchObject({ kind: 'interrupted' });
    expect(await readdir(directory)).toContain('nightly-2026-11-27T10%3A00%3A00Z');
    expect(await claims.sweep(-1_000, (task) => task !== id)).toEqual([id]);
    expect(await readdir(directory)).not.toContain('nightly-2026-11-27T10%3A00%3A00Z');
  });

  test('in a directory that cannot be written is an error for a person, not a claim', async () => {
    await writeFile(directory, 'a file in its place');
    await expect(claims.claim('t1', 'c1')).rejects.toMatchObject({ code: 'workdir' });
  });
});

describe('the sweep', () => {
  const age = async (task: string, days: number) => {
    const at = Date.now() / 1000 - days * 86_400;
    for (const name of await readdir(join(directory, task))) await utimes(join(directory, task, name), at, at);
    await utimes(join(directory, task), at, at);
  };

  test('removes old claims of tasks that are not live, and nothing else', async () => {
    for (const task of ['old', 'live', 'young', 'used']) {
      await claims.claim(task, 'c1');
      await claims.finish(task, 'c1', OBSERVATION);
    }
    for (const task of ['old', 'live', 'used']) await age(task, 31);
    await claims.claim('used', 'c2');
    expect(await claims.sweep(undefined, (task) => task === 'live')).toEqual(['old']);
    expect((await readdir(directory)).sort()).toEqual(['live', 'used', 'young']);
    expect(await claims.claim('used', 'c1')).toMatchObject({ kind: 'finished' });
  });

  test('takes another age when told, and is content with nothing to do', async () => {
    expect(await claims.sweep(0, () => false)).toEqual([]);
    await claims.claim('t1', 'c1');
    await age('t1', 2);
    expect(await claims.sweep(86_400_000, async () => true)).toEqual([]);
    expect(await claims.sweep(86_400_000, async () => false)).toEqual(['t1']);
  });

  test('that runs beside claims loses none', async () => {
    let sweeping = true;
    const sweeper = (async () => {
      while (sweeping) await claims.sweep(1_000_000, () => false);
    })();
    for (let i = 0; i < 200; i++) {
      await mkdir(join(directory, `t${i}`), { recursive: true });
      await utimes(join(directory, `t${i}`), 1, 1).catch(() => undefined);
      expect(await claims.claim(`t${i}`, 'c1')).toEqual({ kind: 'fresh' });
      expect(await claims.claim(`t${i}`, 'c1')).toMatchObject({ kind: 'interrupted' });
    }
    sweeping = false;
    await sweeper;
    expect(await readdir(directory)).toHaveLength(200);
  });
});
