/** The files that the real RavenClaws 1.1.0 wrote. */
import { copyFileSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkpointToWire, toWire } from '../../src/domain/wire.js';
import { readCheckpoint } from '../../src/mirror/checkpoint-reader.js';
import { listTasks, readTask } from '../../src/mirror/reader.js';
import { useWorkdir } from '../mirror/workdir.js';

const FIXTURES = join(import.meta.dirname, 'fixtures/ravenclaws-1.1.0/tasks');
const KILLED = '0bd5e576-9fea-4b85-9657-21c9d90d803c';

const files = readdirSync(FIXTURES).filter((name) => name.endsWith('.json'));
const workdir = useWorkdir();

function putFixtures(): void {
  for (const name of files) copyFileSync(join(FIXTURES, name), join(workdir.paths.tasks, name));
  copyFileSync(join(FIXTURES, 'checkpoints', `${KILLED}.json`), workdir.paths.checkpoint(KILLED));
}

test('all are tasks, listed newest first', async () => {
  putFixtures();
  const { tasks, errors } = await listTasks(workdir.paths);
  expect(errors).toEqual([]);
  expect(tasks.map(({ id }) => `${id}.json`).sort()).toEqual(files.sort());
  const stamps = tasks.map(({ created_at }) => created_at);
  expect(stamps).toEqual([...stamps].sort().reverse());
  expect(new Set(tasks.map(({ status }) => status))).toEqual(new Set(['Running', 'Completed', 'Failed', 'Cancelled']));
});

test.each(files)('%s is rewritten byte for byte', async (name) => {
  putFixtures();
  const read = await readTask(workdir.paths, name.slice(0, -'.json'.length));
  if (read.kind !== 'task') throw new Error(JSON.stringify(read));
  expect(read.extra).toEqual([]);
  expect(toWire(read.task, read.extra)).toBe(readFileSync(join(FIXTURES, name), 'utf8'));
});

test('the checkpoint that a kill left is read, and rewritten byte for byte', async () => {
  putFixtures();
  const read = await readCheckpoint(workdir.paths, KILLED);
  if (read.kind !== 'checkpoint') throw new Error(JSON.stringify(read));
  expect(read.checkpoint).toMatchObject({ iteration: 1, max_iterations: 10 });
  expect(read.checkpoint.messages.map(({ role }) => role)).toEqual([
    'system',
    'user',
    'assistant',
    'user',
    'assistant',
  ]);
  expect(checkpointToWire(read.checkpoint)).toBe(readFileSync(join(FIXTURES, 'checkpoints', `${KILLED}.json`), 'utf8'));
});
