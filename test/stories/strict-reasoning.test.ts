/**
 * What a provider gives with its reply goes back to it, byte for byte, also from a worker that did not receive it: the
 * strict servers refuse a request in which reasoning or a signature is missing or changed.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TaskInput } from '../../src/domain/protocol.js';
import { signatureOf, thinkingOf } from '../support/strict/script.js';
import { holdAt, openStage, reader, type Stage } from '../support/strict/stage.js';
import { openTunnel, type Tunnel } from '../support/strict/tunnel.js';
import { until } from '../support/until.js';

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
];

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

describe.each(PROVIDERS)('%s', (_, path, input) => {
  test('gets back what it gave, after kill -9 too', async () => {
    await completes(stage, path, input);
  });
});

describe('OpenAI at its own host', () => {
  let tunnel: Tunnel | undefined;
  let own: Stage | undefined;
  afterAll(async () => {
    await own?.close();
    tunnel?.close();
  });

  test('gets back what it gave, after kill -9 too', async () => {
    tunnel = await openTunnel(stage.strict, 'api.openai.com', '/openai');
    own = await openStage({ strict: stage.strict, network: tunnel.network });
    const model = 'gpt-5.6-mini';
    await completes(own, '', { provider: 'openai', model });
    expect(stage.strict.requestsOf(model).every((request) => request.path === '/openai/v1/responses')).toBe(true);
  });
});

// ---

async function completes(at: Stage, path: string, input: Given): Promise<void> {
  const held = holdAt(STRUCK);
  const task = await at.start(path, reader(ITERATIONS), input, held.hold);
  await Promise.race([held.reached, task.result()]);
  expect(at.strict.refusals).toEqual([]);
  const shown = await until(() => task.checkpoint(), { what: 'the checkpoint is written' });
  expectNoReasoning(JSON.stringify(shown), input.model);
  await at.kill();
  held.release();
  await at.revive();

  expect(await task.result()).toMatchObject({ status: 'Completed', result: 'All notes are read.' });
  expect(at.strict.refusals).toEqual([]);
  const asked = at.strict.requestsOf(input.model).map(({ replies }) => replies);
  expect(asked.filter((n) => n !== STRUCK)).toEqual([0, 1, 2, 4, 5]);
}

/** RavenClaws reads this text: what only the provider understands is not in it. */
function expectNoReasoning(text: string, model: string): void {
  for (let n = 0; n < STRUCK; n++) {
    expect(text).not.toContain(JSON.stringify(thinkingOf(model, n)).slice(1, -1));
    expect(text).not.toContain(signatureOf(model, n));
  }
}
