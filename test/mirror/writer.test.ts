import {
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Mirrored } from '../../src/domain/activity-calls.js';
import { type Message, opening } from '../../src/domain/conversation.js';
import { microsOfStamp } from '../../src/domain/timestamp.js';
import type { TaskFile } from '../../src/domain/wire.js';
import { project } from '../../src/mirror/project.js';
import { readOrder } from '../../src/mirror/write-order.js';
import { MirrorWriter, type Write } from '../../src/mirror/writer.js';
import { useWorkdir } from './workdir.js';

const ID = 'a-task';
const STAMP = microsOfStamp('2026-01-01T00:00:00.25+00:00') ?? 0;
const DONE: Mirrored['state'] = { kind: 'completed' };

const workdir = useWorkdir();

/** The state of a task after its first reply, which is an answer unless it continues. */
function stateOf(change: Partial<Omit<Write, 'record'>> & { record?: Partial<Mirrored> } = {}): Write {
  const messages: Message[] = [...opening('s', 'p'), { role: 'assistant', content: 'the “answer”' }];
  const record: Mirrored = {
    state: { kind: 'running' },
    iterations: 1,
    provider: 'demo',
    model: 'm',
    created_at: STAMP,
    updated_at: STAMP,
    version: 1,
  };
  const base = { id: ID, input: { prompt: 'p', system_prompt: 's' }, runStarted: 1_000, messages };
  return { ...base, ...change, record: { ...record, ...change.record } };
}

const write = (state: Write) => new MirrorWriter(workdir.paths).write(state);
const file = () => JSON.parse(workdir.textOf(ID)) as TaskFile;
const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);

describe('a write', () => {
  test('puts exactly the projected bytes into both files', async () => {
    const state = stateOf();
    await write(state);
    const projected = project(state);
    expect(workdir.textOf(ID)).toBe(projected.task);
    expect(readFileSync(workdir.paths.checkpoint(ID), 'utf8')).toBe(projected.checkpoint);
    expect(JSON.parse(file().checkpoint ?? '')).toEqual(JSON.parse(projected.checkpoint ?? ''));
    expect(projected.task).toContain('"created_at": "2026-01-01T00:00:00.250+00:00",\n');
    expect(projected.task.endsWith('"\n}')).toBe(true);
  });

  test('makes what it needs, for its owner alone', async () => {
    rmSync(workdir.paths.workdir, { recursive: true });
    await write(stateOf());
    const { paths } = workdir;
    expect([paths.task(ID), paths.checkpoint(ID), paths.order(ID)].map(modeOf)).toEqual(['600', '600', '600']);
    expect([paths.workdir, paths.tasks, paths.checkpoints, paths.side].map(modeOf)).toEqual([
      '700',
      '700',
      '700',
      '700',
    ]);
  });

  test('leaves nothing but the files: no temp file, no lock', async () => {
    await write(stateOf());
    await write(stateOf({ record: { version: 2, state: DONE } }));
    const { tasks, checkpoints, side } = workdir.paths;
    expect(readdirSync(tasks).sort()).toEqual([`${ID}.json`, 'checkpoints']);
    expect(readdirSync(checkpoints)).toEqual([]);
    expect(readdirSync(side)).toEqual([`${ID}~order`]);
  });

  test('of an end removes the checkpoint, and says the result', async () => {
    await write(stateOf());
    await write(stateOf({ record: { version: 2, state: DONE } }));
    expect(file()).toMatchObject({ status: 'Completed', result: 'the “answer”', checkpoint: null });
    expect(existsSync(workdir.paths.checkpoint(ID))).toBe(false);
  });

  test.each([
    [
      { kind: 'failed', error: 'why' },
      { status: 'Failed', error: 'why', result: null },
    ],
    [
      { kind: 'cancelled', reason: 'asked' },
      { status: 'Cancelled', error: null, result: null },
    ],
  ] as const)('of %j shows it', async (state, shown) => {
    await write(stateOf({ record: { state } }));
    expect(file()).toMatchObject(shown);
  });

  test('before the first reply has no checkpoint', async () => {
    await write(stateOf({ messages: opening('s', 'p'), record: { iterations: 0 } }));
    expect(file()).toMatchObject({ status: 'Running', iterations: 0, checkpoint: null });
    expect(existsSync(workdir.paths.checkpoint(ID))).toBe(false);
  });

  test('keeps unknown fields of an adopted file', async () => {
    await write(stateOf({ input: { prompt: 'p', extra: [['n', '1.0']] } }));
    expect(workdir.textOf(ID).endsWith(',\n  "n": 1.0\n}')).toBe(true);
  });
});

describe('the order of writes', () => {
  test('drops an older version of the same run, takes the same one again', async () => {
    await write(stateOf({ record: { version: 5, model: 'new' } }));
    await write(stateOf({ record: { version: 4, model: 'old' } }));
    expect(file().model).toBe('new');
    await write(stateOf({ record: { version: 5, model: 'again' } }));
    expect(file().model).toBe('again');
  });

  test('drops an earlier run, whatever its version', async () => {
    await write(stateOf({ runStarted: 2_000, record: { version: 1, model: 'new' } }));
    await write(stateOf({ runStarted: 1_999, record: { version: 900, model: 'old' } }));
    expect(file().model).toBe('new');
  });

  test('never sets an end back within its run, and does within a later one', async () => {
    await write(stateOf({ record: { version: 7, state: DONE } }));
    await write(stateOf({ record: { version: 6 } }));
    expect(file().status).toBe('Completed');
    await write(stateOf({ runStarted: 3_000, record: { version: 2 } }));
    expect(file()).toMatchObject({ status: 'Running', result: null });
    expect(existsSync(workdir.paths.checkpoint(ID))).toBe(true);
  });

  test.each(['', '{', '[]', 'null', '{"run_started":"x","version":1,"hashes":[]}'])(
    'that is broken (%j) is taken for none',
    async (text) => {
      await write(stateOf({ record: { version: 5 } }));
      writeFileSync(workdir.paths.order(ID), text);
      expect(readOrder(workdir.paths.order(ID))).toBeUndefined();
      await write(stateOf({ record: { version: 6, model: 'next' } }));
      expect(file().model).toBe('next');
      expect(readOrder(workdir.paths.order(ID))).toMatchObject({ run_started: 1_000, version: 6 });
    },
  );

  test('of many writers at once is the order of the states', async () => {
    const versions = [3, 9, 1, 7, 5, 2, 8, 4, 6];
    await Promise.all(versions.map((version) => write(stateOf({ record: { version, model: `m${version}` } }))));
    expect(file().model).toBe('m9');
  });
});

describe('a work directory that cannot be written', () => {
  test('is named in an error, and the same writer succeeds when the cause is removed', async () => {
    const writer = new MirrorWriter(workdir.paths);
    await writer.write(stateOf());
    const { tasks } = workdir.paths;
    renameSync(tasks, `${tasks}-away`);
    writeFileSync(tasks, 'in the way');
    const next = stateOf({ record: { version: 2, state: DONE } });
    await expect(writer.write(next)).rejects.toMatchObject({
      code: 'workdir',
      message: expect.stringContaining(tasks),
    });
    expect(readFileSync(tasks, 'utf8')).toBe('in the way');
    rmSync(tasks);
    renameSync(`${tasks}-away`, tasks);
    await writer.write(next);
    expect(file().status).toBe('Completed');
  });

  test('says so when the task file is a directory, or a symlink, and leaves its target alone', async () => {
    const path = workdir.paths.task(ID);
    await mkdir(path);
    await expect(write(stateOf())).rejects.toMatchObject({ code: 'workdir', message: expect.stringContaining(path) });
    rmSync(path, { recursive: true });
    const target = `${dirname(workdir.paths.tasks)}/target`;
    writeFileSync(target, 'theirs');
    symlinkSync(target, path);
    await expect(write(stateOf({ record: { version: 2 } }))).rejects.toMatchObject({ code: 'workdir' });
    expect(readFileSync(target, 'utf8')).toBe('theirs');
    rmSync(path);
    await write(stateOf({ record: { version: 3 } }));
    expect(file().status).toBe('Running');
  });

  test('says so when the order of the writes has no place', async () => {
    await write(stateOf());
    rmSync(workdir.paths.order(ID));
    await mkdir(workdir.paths.order(ID));
    await expect(write(stateOf({ record: { version: 2 } }))).rejects.toMatchObject({ code: 'workdir' });
    expect(readdirSync(workdir.paths.side)).toEqual([`${ID}~order`]);
  });
});
