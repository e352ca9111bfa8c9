/**
 * What a provider gives with its reply goes back to it, byte for byte, also from a worker that did not receive it: the
 * strict servers refuse a request in which reasoning or a signature is missing or changed.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TaskInput } from '../../src/domain/protocol.js';
import type { Task } from '../support/rig.js';
import { signatureOf, thinkingOf } from '../support/strict/script.js';
import { startStrictServer } from '../support/strict/server.js';
import { holdAt, openStage, reach, reader, type Stage } from '../support/strict/stage.js';
import { openTunnel, type Tunnel } from '../support/strict/tunnel.js';

const ITERATIONS = 5;
/** The reply whose request the first worker does not survive. */
const STRUCK = 3;

type Given = Partial<TaskInput> & { model: string };

const PROVIDERS: readonly [name: string, path: string, input: Given][] = [
  ['DeepSeek', '/deepseek/v1', { provider: 'deepseek', model: 'deepseek-v4-flash' }],
  ['DeepSeek behind a compatible endpoint', '/deepseek/v1', { model: 'deepseek-v4-pro' }],
  ['Anthropic with thinking', '/anthropic', { provider: 'anthropic', model: 'claude-sonnet-5-5', effort: 'high' }],
  ['Gemini', '/google', { provider: 'google', model: 'gemini-3.8-flash' }],
  ['Gemini at its endpoint for OpenAI’s protocol', '/gemini/v1beta/openai', { model: 'gemini-3.8-pro' }],
  ['Mistral', '/mistral', { provider: 'mistral', model: 'mistral-large-latest' }],
  ['vLLM', '/vllm', { model: 'qwen3' }],
  ['OpenAI at its own host', '', { provider: 'openai', model: 'gpt-5.6-mini' }],
];

let stage: Stage;
let tunnel: Tunnel;
const tasks = new Map<string, Promise<Task>>();

/** All of them at once: one worker dies under all. */
beforeAll(async () => {
  const strict = await startStrictServer();
  tunnel = await openTunnel(strict, 'api.openai.com', '/openai');
  stage = await openStage({ strict, network: tunnel.network });
  const helds = PROVIDERS.map(([name, path, input]) => {
    const held = holdAt(STRUCK);
    const task = stage.start(path, reader(ITERATIONS), input, held.hold);
    tasks.set(name, task);
    return { held, task };
  });
  // One that does not get there fails in its own test.
  await Promise.allSettled(helds.map(async ({ held, task }) => reach(held, await task)));
  for (const { task } of helds) if ((await task).checkpoint() !== undefined) expectNoReasoning(await task);
  await stage.kill();
  for (const { held } of helds) held.release();
  await stage.revive();
});

afterAll(async () => {
  await stage.close();
  tunnel.close();
});

test.each(PROVIDERS)('%s gets back what it gave, after kill -9 too', async (name, _, { model }) => {
  const task = (await tasks.get(name)) as Task;
  expect(stage.strict.refusalsOf(model)).toEqual([]);
  expect(await task.result()).toMatchObject({ status: 'Completed', result: 'All notes are read.' });
  expect(stage.strict.refusalsOf(model)).toEqual([]);
  const asked = stage.strict.requestsOf(model).map(({ replies }) => replies);
  expect(asked).toEqual([0, 1, 2, STRUCK, STRUCK, 4, 5]);
});

test('OpenAI is asked by its own API', () => {
  const paths = stage.strict.requestsOf('gpt-5.6-mini').map(({ path }) => path);
  expect(new Set(paths)).toEqual(new Set(['/openai/v1/responses']));
});

// ---

/** RavenClaws reads this text: what only the provider understands is not in it. */
function expectNoReasoning(task: Task): void {
  const text = JSON.stringify(task.checkpoint());
  expect(text).toContain('Step 1.');
  for (const [, , { model }] of PROVIDERS) {
    expect(text).not.toContain(JSON.stringify(thinkingOf(model, 0)).slice(1, -1));
    expect(text).not.toContain(signatureOf(model, 0));
  }
}
