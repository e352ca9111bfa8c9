/**
 * A conversation that nears the window of its model: the model writes a summary of its oldest replies, as an iteration that
 * everybody sees. The facts go into it, the last rounds stay, and where there can be no summary, notices serve as before.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TaskEvent } from '../../src/manager/event-bodies.js';
import { rebuild } from '../../src/manager/rebuild.js';
import type { ModelScript } from '../support/book.js';
import { type LlmRequest, repliesIn, type Script } from '../support/llm-server.js';
import { managerOf } from '../support/manager.js';
import { type Rig, startRig, type Task } from '../support/rig.js';

const READS = 14;
const NOTE_BYTES = 8_000;
/** Tools and instructions take some of it, and a reply 1,000. */
const WINDOW = 32_000;
const windows = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`scripted-${i + 1}`, WINDOW]));
const limits = { max_output_tokens: 1_000 };

let rig: Rig;
let plain: Rig;
beforeAll(async () => {
  rig = await openRig({ windows });
  plain = await openRig({ windows }, 'notices');
});
afterAll(() => Promise.all([rig.stop(), plain.stop()]));

async function openRig(models: object, compaction: 'model' | 'notices' = 'model'): Promise<Rig> {
  const opened = await startRig({ plugin: { models: { keys: {}, endpoints: {}, ...models }, compaction } });
  mkdirSync(join(opened.workspace, 'notes'));
  for (let n = 0; n < READS; n++) {
    writeFileSync(join(opened.workspace, 'notes', `${n}.txt`), `${factOf(n)}\n`.padEnd(NOTE_BYTES, 'filler '));
  }
  return opened;
}

const factOf = (n: number): string => `fact ${n} is ${(n * 7_919).toString(36)}`;
const isSummary = ({ messages }: Pick<LlmRequest, 'messages'>): boolean =>
  JSON.stringify(messages.at(-1)).includes('that will replace your replies');
const factsIn = (text: string): string[] => [...new Set(text.match(/fact \d+ is \w+/g) ?? [])];

/** Reads a note in each reply, then answers with what it still knows. `summarise`: its answer to a request for a summary. */
function rememberer(summarise: (request: LlmRequest) => Script): ModelScript {
  return (request) => {
    if (isSummary(request)) return summarise(request);
    const n = repliesIn(request.messages);
    if (n >= READS) return { content: factsIn(JSON.stringify(request.messages)).join('; ') };
    return { content: `Step ${n}.`, calls: [{ id: `call_${n}`, name: 'read_file', args: { path: `notes/${n}.txt` } }] };
  };
}

const honest = rememberer(({ messages }) => ({
  content: `SUMMARY ${factsIn(JSON.stringify(messages)).join('; ')}`,
  usage: { input: 5_000, output: 100 },
}));

const sizeOf = ({ messages }: LlmRequest): number => Buffer.byteLength(JSON.stringify(messages));
const summariesOf = (task: Task) => task.requests().filter(isSummary);

test('the facts of the first rounds are in the summary and in the answer; the last rounds stay as they were', async () => {
  const manager = await managerOf(rig);
  const task = await rig.start(honest, { limits });
  const { result, iterations, usage } = await task.result();
  expect(factsIn(result ?? '')).toHaveLength(READS);
  const asked = summariesOf(task);
  expect(asked.length).toBeGreaterThan(0);
  expect(factsIn(JSON.stringify(asked[0]?.messages))).toContain(factOf(0));
  expect(iterations).toBe(READS + 1 + asked.length);
  const all = task.requests();
  const at = all.indexOf(asked[0] as never);
  const [before, , after] = all.slice(at - 1);
  expect(sizeOf(after as LlmRequest)).toBeLessThan(sizeOf(before as LlmRequest) / 2);
  expect(after?.messages[0]).toEqual(before?.messages[0]);
  expect(JSON.stringify(after?.messages)).toContain('SUMMARY fact 0');
  expect(JSON.stringify(after?.messages.at(-1))).toContain(factOf(at - 1));
  for (const request of all) expect(sizeOf(request)).toBeLessThan(WINDOW * 3);
  expect(usage.input_tokens).toBe(asked.length * 5_000 + (READS + 1) * 10);
  await expectSeen(task, asked.length);
  const { runId } = await task.handle.describe();
  expect((await rebuild(rig.client, task.id, runId))?.messages).toEqual(await task.transcript());
  expect(await manager.verifyMirror([task.id])).toMatchObject([{ ok: true }]);
});

async function expectSeen(task: Task, summaries: number): Promise<void> {
  const manager = await managerOf(rig);
  const events: TaskEvent[] = [];
  await manager.follow(task.id, { onEvent: (event) => event.type === 'iteration' && events.push(event as TaskEvent) });
  const compacted = events.filter((event) => event.type === 'iteration' && event.compacted !== undefined);
  expect(compacted).toHaveLength(summaries);
  expect(compacted[0]).toMatchObject({ calls: 0, content: expect.stringMatching(/^SUMMARY fact 0/) });
  const kept = (await task.transcript()).find((message) => message.role === 'user' && message.removed);
  expect(kept?.content).toMatch(/^\[The first \d+ replies of this task.*\]\n\nSUMMARY/s);
}

test.each([
  ['an error', { status: 400, body: { error: { message: 'no' } } }],
  ['calls', { calls: [{ id: 'x', name: 'read_file', args: { path: 'notes/0.txt' } }] }],
  ['a summary that was cut', { content: 'half', finish: 'length' }],
  ['a summary as long as the conversation', { content: 'long '.repeat(20_000) }],
] as [string, Script][])('where the model answers with %s, notices make the room', async (_, answer) => {
  const task = await rig.start(
    rememberer(() => answer),
    { limits },
  );
  expect(await task.result()).toMatchObject({ status: 'Completed', iterations: READS + 1 });
  expect(summariesOf(task).length).toBeGreaterThan(0);
  expect(JSON.stringify(task.requests().at(-1)?.messages)).toContain('output removed to keep');
  const spent = (await task.status()).record.usage.total_tokens;
  if ('content' in answer) expect(spent).toBeGreaterThan((READS + 1) * 15);
});

test('a model that refuses the conversation as too long is asked for a summary of its first part', async () => {
  const limit = 60_000;
  const script: ModelScript = (request) =>
    sizeOf(request) > limit
      ? { status: 400, body: { error: { message: 'prompt is too long: 20000 tokens > 15000 maximum' } } }
      : honest(request);
  for (let i = 0; i < 9; i++) rig.book.add(honest);
  const task = await rig.start(script, { limits });
  const { result } = await task.result();
  expect(factsIn(result ?? '')).toHaveLength(READS);
  expect(summariesOf(task).length).toBeGreaterThan(0);
});

test('with the setting `notices` no summary is asked for', async () => {
  const task = await plain.start(honest, { limits });
  expect(await task.result()).toMatchObject({ status: 'Completed', iterations: READS + 1 });
  expect(summariesOf(task)).toEqual([]);
  expect(JSON.stringify(task.requests().at(-1)?.messages)).toContain('output removed to keep');
});

test('the last iteration that a task may have is for its answer', async () => {
  const once = await rig.start(honest, { limits: { ...limits, max_iterations: READS } });
  const summaries = once.requests;
  expect((await once.failure()).message).toBe(`Iteration limit of ${READS} reached`);
  expect(summaries().at(-1) && isSummary(summaries().at(-1) as LlmRequest)).toBe(false);
});
