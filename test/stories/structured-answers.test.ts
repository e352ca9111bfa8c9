/** An answer that must match a schema: what becomes the result, what is repaired, what fails, and what never starts. */
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import type { AnswerSchema } from '../../src/domain/answer-schema.js';
import type { TaskEvent } from '../../src/manager/event-bodies.js';
import { inOrder } from '../support/book.js';
import type { LlmRequest } from '../support/llm-server.js';
import { managerOf } from '../support/manager.js';
import { type Rig, startRig } from '../support/rig.js';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.stop());

const schema: AnswerSchema = { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] };
const lastOf = (request: LlmRequest | undefined): string => JSON.stringify(request?.messages.at(-1)?.content);

test('the JSON alone is the result, in the file, for clients and after a rebuild; the conversation keeps the words', async () => {
  const manager = await managerOf(rig);
  const said = 'Here it is:\n```json\n{"n": 1}\n```';
  const task = await rig.start(inOrder({ content: said }), { schema });
  expect(await task.result()).toMatchObject({ status: 'Completed', result: '{"n": 1}', iterations: 1 });
  expect(await manager.result(task.id)).toEqual({
    ...{ id: task.id, status: 'Completed', result: '{"n": 1}', structured: { n: 1 } },
  });
  expect((await task.transcript()).at(-1)).toMatchObject({ content: said, answer: '{"n": 1}' });
  const before = task.file();
  rmSync(rig.paths.task(task.id));
  await manager.rebuildMirror([task.id]);
  expect(task.file()).toEqual(before);
});

test('a task without a schema has no structured answer, whatever it looks like', async () => {
  const manager = await managerOf(rig);
  const task = await rig.start(inOrder({ content: '{"n": 1}' }));
  await task.result();
  expect(await manager.result(task.id)).toMatchObject({ result: '{"n": 1}', structured: null });
});

test('an answer that does not match is repaired once, in an iteration that everybody sees', async () => {
  const manager = await managerOf(rig);
  const task = await rig.start(inOrder({ content: '{"n": "one"}' }, { content: '{"n": 1}' }), { schema });
  expect(await task.result()).toMatchObject({ status: 'Completed', result: '{"n": 1}', iterations: 2 });
  expect(lastOf(task.requests()[1])).toContain('does not match the JSON Schema of this task: /n must be integer');
  const events: TaskEvent[] = [];
  await manager.follow(task.id, { onEvent: (event) => event.type === 'iteration' && events.push(event as TaskEvent) });
  expect(events).toMatchObject([{ iteration: 1, invalid: '/n must be integer' }, { iteration: 2 }]);
  expect(events[1]).not.toHaveProperty('invalid');
});

test('a second one that does not match fails the task with the reason', async () => {
  const task = await rig.start(inOrder({ content: 'One.' }, { content: '{}' }, { content: '{"n": 1}' }), { schema });
  const failure = await task.failure();
  expect(failure.message).toBe(
    "The answer does not match the JSON Schema, after one repair: the value must have required property 'n'",
  );
  expect(failure.details?.[0]).toMatchObject({ status: 'Failed', result: null, iterations: 2 });
  expect(task.requests()).toHaveLength(2);
  expect(task.file()).toMatchObject({ status: 'Failed', error: failure.message });
});

test('a repair counts as an iteration', async () => {
  const task = await rig.start(inOrder({ content: 'One.' }), { schema, limits: { max_iterations: 1 } });
  expect((await task.failure()).message).toBe('Iteration limit of 1 reached');
});

test('an answer in two pieces is checked as one', async () => {
  const script = inOrder({ content: '{"n":', finish: 'length' }, { content: ' 2}' });
  const task = await rig.start(script, { schema });
  expect(await task.result()).toMatchObject({ status: 'Completed', result: '{"n": 2}', iterations: 2 });
});

test('a schema that is none never starts: for a client of the library, and for a worker that gets it signed', async () => {
  const manager = await managerOf(rig);
  const wrong = { type: 'objekt' };
  await expect(manager.submit({ prompt: 'x', schema: wrong }, { start: false })).rejects.toMatchObject({
    code: 'bad_input',
    message: expect.stringContaining("'schema': it is no valid JSON Schema"),
  });
  const task = await rig.start(inOrder({ content: '{}' }), { schema: wrong });
  expect(await task.failure()).toMatchObject({ type: 'StartRefused', message: expect.stringContaining("'schema'") });
  expect(task.requests()).toEqual([]);
});

test('the library takes a schema of zod, and gives back what it describes', async () => {
  const manager = await managerOf(rig);
  const model = rig.book.add(inOrder({ content: '```\n{"n": 3}\n```' }));
  const chosen = { provider: 'litellm', model, endpoint: rig.book.url, endpoint_origin: 'user' as const };
  const kind = z.object({ n: z.int() });
  const { id } = await manager.submit({ prompt: 'Count.', ...chosen, schema: kind });
  expect(await manager.wait(id)).toMatchObject({ ok: true });
  expect(kind.parse((await manager.result(id)).structured)).toEqual({ n: 3 });
});
