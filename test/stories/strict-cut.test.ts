/**
 * A cut reply is no answer: the rest is asked for, in a conversation that the provider accepts, also by another worker than
 * the one that received the first half. The calls of a cut reply are not run.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TaskInput } from '../../src/domain/protocol.js';
import { sampled } from '../support/random.js';
import type { Task } from '../support/rig.js';
import type { Plan } from '../support/strict/script.js';
import { startStrictServer } from '../support/strict/server.js';
import { holdAt, openStage, reach, reader, type Stage } from '../support/strict/stage.js';
import { openTunnel, type Tunnel } from '../support/strict/tunnel.js';

type Input = Partial<TaskInput> & { model: string };

/** The provider's own word for it. */
const PROVIDERS: readonly [name: string, path: string, word: string, input: Input][] = [
  ['DeepSeek', '/deepseek/v1', 'length', { provider: 'deepseek', model: 'deepseek-v4-cut' }],
  ['Anthropic', '/anthropic', 'max_tokens', { provider: 'anthropic', model: 'cut-claude' }],
  ['Anthropic thinking', '/anthropic', 'max_tokens', { provider: 'anthropic', model: 'cut-claude-2', effort: 'high' }],
  ['Anthropic that pauses', '/anthropic', 'pause_turn', { provider: 'anthropic', model: 'cut-claude-3' }],
  ['Gemini', '/google', 'MAX_TOKENS', { provider: 'google', model: 'gemini-3.8-cut' }],
  ['Mistral', '/mistral', 'length', { provider: 'mistral', model: 'cut-mistral' }],
  ['vLLM', '/vllm', 'length', { model: 'cut-qwen' }],
  ['OpenAI', '', 'max_output_tokens', { provider: 'openai', model: 'gpt-5.4-cut' }],
];

const HALF = 'The first half, ';
const CUT_CALL = 1;
const CUT_TEXT = 3;

/** Another half of them in each short run. */
const CHOSEN = sampled(PROVIDERS, 0.5);

let stage: Stage;
let tunnel: Tunnel;
let tasks: readonly Task[];

beforeAll(async () => {
  const strict = await startStrictServer();
  tunnel = await openTunnel(strict, 'api.openai.com', '/openai');
  stage = await openStage({ strict, network: tunnel.network });
  const begun = CHOSEN.map(([, path, word, input]) => {
    const held = holdAt(CUT_TEXT + 1);
    return { held, task: stage.start(path, cutReader(word), input, held.hold) };
  });
  await Promise.allSettled(begun.map(async ({ held, task }) => reach(held, await task)));
  await stage.kill();
  for (const { held } of begun) held.release();
  await stage.revive();
  tasks = await Promise.all(begun.map(({ task }) => task));
});

afterAll(async () => {
  await stage.close();
  tunnel.close();
});

test.each(CHOSEN.map(([name, , word], i) => [name, word, i] as const))('%s', async (_, word, i) => {
  const task = tasks[i] as Task;
  const model = CHOSEN[i]?.[3].model ?? '';
  const result = await task.result().catch((error: { cause?: Error }) => error.cause?.message);
  expect(stage.strict.refusalsOf(model)).toEqual([]);
  expect(result).toMatchObject({ status: 'Completed', result: `${HALF}and the second half.` });
  expect(await outcomes(task)).toEqual(
    word === 'pause_turn' ? ['ok', 'ok', 'ok', 'ok'] : ['ok', 'refused', 'refused', 'ok'],
  );
});

// ---

async function outcomes(task: Task): Promise<string[]> {
  return (await task.transcript()).flatMap((message) => (message.role === 'tool' ? message.outcome : []));
}

/** Its second reply is cut behind its call, its first answer in the middle. A turn that pauses has no call of ours. */
function cutReader(word: string): Plan {
  return {
    ...reader(3, 'and the second half.'),
    instead: (n) => {
      if (n === CUT_TEXT) return { text: HALF, finish: word };
      return n === CUT_CALL && word !== 'pause_turn' ? { finish: word } : undefined;
    },
  };
}
