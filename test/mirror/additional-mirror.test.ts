/** A mirror of the user beside the files: it gets what they have, and never delays or fails them. */
import { expect, test, vi } from 'vitest';
import type { TaskState } from '../../src/domain/task.js';
import { AdditionalMirror, type MirrorState } from '../../src/mirror/additional-mirror.js';
import type { Write } from '../../src/mirror/writer.js';
import { until } from '../support/until.js';

function write(version: number, state: TaskState = { kind: 'running' }, id = 'task-1'): Write {
  const record = { state, iterations: version, updated_at: 1_000_000 as Write['record']['updated_at'], version };
  return { id, input: { prompt: 'p' }, record, runStarted: 5, messages: [] };
}
const done: TaskState = { kind: 'completed' };

function mirrorWith(take: (state: MirrorState) => Promise<void>, lastMs = 60_000) {
  const order: string[] = [];
  const said: string[] = [];
  const files = { write: async ({ record }: Write) => void order.push(`files ${record.version}`) as undefined };
  const mirror = {
    write: (state: MirrorState) => {
      order.push(`mirror ${state.version}`);
      return take(state);
    },
  };
  const announce = (line: string) => void said.push(line);
  return { additional: new AdditionalMirror({ files, mirror, announce, retryMs: 0, lastMs }), order, said };
}

test('a state comes after the files have it, with their content', async () => {
  const take = vi.fn<(state: MirrorState) => Promise<void>>(async () => undefined);
  const { additional, order } = mirrorWith(take);
  await additional.write(write(1));
  expect(order).toEqual(['files 1', 'mirror 1']);
  expect(take.mock.calls[0]?.[0]).toMatchObject({
    ...{
      id: 'task-1',
      version: 1,
      runStarted: 5,
      task: { status: 'Running', prompt: 'p' },
      checkpoint: { iteration: 0 },
    },
  });
});

test('one that hangs delays no file; then only the newest state follows, and the last one is awaited', async () => {
  let release = (): void => undefined;
  const first = new Promise<void>((resolve) => {
    release = resolve;
  });
  const { additional, order } = mirrorWith(({ version }) => (version === 1 ? first : Promise.resolve()));
  for (const version of [1, 2, 3]) await additional.write(write(version));
  expect(order).toEqual(['files 1', 'mirror 1', 'files 2', 'files 3']);
  let ended = false;
  const last = additional.write(write(4, done)).then(() => {
    ended = true;
  });
  await additional.write(write(1, undefined, 'another task'));
  expect(ended).toBe(false);
  release();
  await last;
  expect(order.filter((line) => line.startsWith('mirror'))).toEqual(['mirror 1', 'mirror 1', 'mirror 4']);
});

test('a state that it does not take is tried again; a state that comes late replaces none', async () => {
  let failures = 2;
  const { additional, order } = mirrorWith(async () => {
    if (failures-- > 0) throw new Error('down');
  });
  await additional.write(write(2));
  await additional.write(write(1));
  await until(() => order.filter((line) => line.startsWith('mirror')).length === 3, { what: 'it is taken' });
  expect(order.filter((line) => line.startsWith('mirror'))).toEqual(['mirror 2', 'mirror 2', 'mirror 2']);
});

test('a state that comes after the last one was taken replaces it no more', async () => {
  const { additional, order } = mirrorWith(() => Promise.resolve());
  await additional.write(write(2, done));
  await additional.write(write(1));
  await additional.write(write(3, done));
  expect(order.filter((line) => line.startsWith('mirror'))).toEqual(['mirror 2', 'mirror 3']);
});

test('one that stays down is announced, and fails nothing', async () => {
  const { additional, order, said } = mirrorWith(() => Promise.reject(new Error('down')));
  expect(await additional.write(write(1))).toBeUndefined();
  await until(() => said.length === 1, { what: 'it is announced' });
  expect(said[0]).toBe('The additional mirror does not take task task-1: down.');
  await additional.write(write(2, done));
  expect(said).toHaveLength(2);
  expect(order.filter((line) => line.startsWith('files'))).toEqual(['files 1', 'files 2']);
});

test('one that hangs at the end of a task holds it for a bounded time', async () => {
  const { additional } = mirrorWith(() => new Promise(() => undefined), 1);
  expect(await additional.write(write(1, done))).toBeUndefined();
});
