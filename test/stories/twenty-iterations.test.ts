/** The main story: a tool-calling task of twenty iterations, seen from the model, the files and the client. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { scriptedAgent } from '../support/llm-server.js';
import { type Rig, startRig } from '../support/rig.js';
import { expectLegalCheckpoints, expectLegalTaskFiles, of } from '../support/sequence.js';
import { watch } from '../support/watcher.js';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
  writeFileSync(join(rig.workspace, 'notes.txt'), 'a line that the model reads\n');
});
afterAll(() => rig.stop());

const agent = scriptedAgent({
  iterations: 19,
  callFor: () => ({ name: 'read_file', args: { path: 'notes.txt' } }),
  final: 'FINAL: All read.',
});

test('twenty iterations with tool calls complete: twenty requests, and files that were legal at every moment', async () => {
  const watcher = await watch([rig.paths.tasks, rig.paths.checkpoints]);
  // Longer in all than the four seconds between two writes of a worker that is busy.
  const task = await rig.start((request) => ({ ...agent(request), delayMs: 250 }));
  const result = await task.result();
  const { sightings, torn } = await watcher.stop();

  expect(result).toMatchObject({ status: 'Completed', result: 'All read.', error: null, iterations: 20 });
  expect(task.file()).toMatchObject({
    id: task.id,
    status: 'Completed',
    result: 'All read.',
    iterations: 20,
    provider: 'litellm',
    model: task.model,
    checkpoint: null,
  });
  expect(task.checkpoint()).toBeUndefined();
  expect(task.requests()).toHaveLength(20);

  expect(torn).toEqual([]);
  const files = expectLegalTaskFiles(task.id, of(task.id, sightings, 'task'));
  expect(files.length).toBeGreaterThan(1);
  expect(expectLegalCheckpoints(task.id, of(task.id, sightings, 'checkpoint')).length).toBeGreaterThan(0);
});

test('requests carry native tool messages under the ids of the provider', async () => {
  const task = await rig.start(agent);
  await task.result();
  const last = task.requests().at(-1)?.messages ?? [];
  const replies = last.filter(({ role }) => role === 'assistant');
  const results = last.filter(({ role }) => role === 'tool');
  const ids = Array.from({ length: 19 }, (_, n) => `call_${n}_0`);
  expect(replies.map(({ tool_calls }) => tool_calls?.map(({ id }) => id))).toEqual(ids.map((id) => [id]));
  expect(replies.every(({ tool_calls }) => tool_calls?.[0]?.function.name === 'read_file')).toBe(true);
  expect(results.map(({ tool_call_id }) => tool_call_id)).toEqual(ids);
  expect(String(results[0]?.content)).toContain('a line that the model reads');
});
