/**
 * A long conversation in a small window, with every dialect: summaries replace its oldest replies, reasoning, signatures and
 * calls of what stays are accepted. The worker is killed while the first summary is written.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TaskInput } from '../../src/domain/protocol.js';
import { sampled } from '../support/random.js';
import type { Task } from '../support/rig.js';
import { asksForSummary, SUMMARY } from '../support/strict/script.js';
import { startStrictServer } from '../support/strict/server.js';
import { holdFirst, openStage, reach, reader, type Stage } from '../support/strict/stage.js';
import { openTunnel, type Tunnel } from '../support/strict/tunnel.js';

type Input = Partial<TaskInput> & { model: string };

const PROVIDERS: readonly [name: string, path: string, input: Input][] = [
  ['OpenAI', '', { provider: 'openai', model: 'gpt-5.4-long' }],
  ['Anthropic thinking', '/anthropic', { provider: 'anthropic', model: 'long-claude', effort: 'high' }],
  ['DeepSeek', '/deepseek/v1', { provider: 'deepseek', model: 'deepseek-v4-long' }],
  ['Gemini', '/google', { provider: 'google', model: 'gemini-3.8-long' }],
  ['Mistral', '/mistral', { provider: 'mistral', model: 'long-mistral' }],
  ['vLLM', '/vllm', { model: 'long-qwen' }],
];
const CHOSEN = sampled(PROVIDERS, 0.4);

const READS = 40;
/** Tools and instructions take some of it, and a reply 1,000. */
const WINDOW = 13_000;

let stage: Stage;
let tunnel: Tunnel;
let tasks: readonly Task[];

beforeAll(async () => {
  const strict = await startStrictServer();
  tunnel = await openTunnel(strict, 'api.openai.com', '/openai');
  const windows = Object.fromEntries(CHOSEN.map(([, , { model }]) => [model, WINDOW]));
  stage = await openStage({ strict, network: tunnel.network, windows });
  const limits = { max_output_tokens: 1_000, max_iterations: 200 };
  const begun = CHOSEN.map(([, path, input]) => {
    const held = holdFirst((_, body) => asksForSummary(body));
    return { held, task: stage.start(path, reader(READS), { limits, ...input }, held.hold) };
  });
  // All of them wait for their first summary when the worker dies.
  await Promise.allSettled(begun.map(async ({ held, task }) => reach(held, await task)));
  await stage.kill();
  for (const { held } of begun) held.release();
  await stage.revive();
  tasks = await Promise.all(begun.map(({ task }) => task));
}, 600_000);

afterAll(async () => {
  await stage.close();
  tunnel.close();
});

test.each(CHOSEN.map(([name, , { model }], i) => [name, model, i] as const))('%s', async (_, model, i) => {
  const task = tasks[i] as Task;
  const result = await task.result().catch((error: { cause?: Error }) => error.cause?.message);
  expect(stage.strict.refusalsOf(model).filter((words) => !/roles must alternate/.test(words))).toEqual([]);
  const answered = stage.strict.log.filter((entry) => entry.model === model && entry.refused === undefined);
  const summaries = answered.filter(({ body }) => asksForSummary(body));
  // The first one was asked for twice: the worker was killed before its answer.
  expect(summaries.length).toBeGreaterThan(2);
  expect(result).toMatchObject({ status: 'Completed', iterations: READS + summaries.length });
  const last = JSON.stringify(answered.at(-1)?.body);
  expect(last).toContain(SUMMARY.text);
  expect(Buffer.byteLength(last)).toBeLessThan(WINDOW * 4);
  expect(last).not.toContain('output removed to keep');
});
