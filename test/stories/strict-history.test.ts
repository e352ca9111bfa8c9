/**
 * What is repeated to a provider is valid for it, whatever its model said before, which model said it, and how much of it was
 * removed: the strict servers refuse the rest. One worker dies under all of these tasks.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TaskInput } from '../../src/domain/protocol.js';
import type { Task } from '../support/rig.js';
import type { Given, Json } from '../support/strict/dialect.js';
import type { Plan } from '../support/strict/script.js';
import type { Fault, Hold } from '../support/strict/server.js';
import { holdAt, openStage, reach, reader, type Stage } from '../support/strict/stage.js';

type Input = Partial<TaskInput> & { model: string };

const DIALECTS: readonly [path: string, provider: string][] = [
  ['/openai', 'openai'],
  ['/deepseek/v1', 'deepseek'],
  ['/anthropic', 'anthropic'],
  ['/google', 'google'],
  ['/mistral', 'mistral'],
  ['/vllm', 'litellm'],
];

let stage: Stage;
beforeAll(async () => {
  stage = await openStage({
    endpoints: ({ url }) => ({
      anthropic: `${url}/anthropic`,
      deepseek: `${url}/deepseek/v1`,
      google: `${url}/google`,
      mistral: `${url}/mistral`,
      ollama: `${url}/vllm`,
    }),
  });
});
afterAll(() => stage.close());

describe('odd names, ids and arguments', () => {
  const models = DIALECTS.map(([path]) => `odd-${path.slice(1)}`);
  let tasks: readonly Task[];
  beforeAll(async () => {
    tasks = await struck(
      DIALECTS.map(([path, provider], i) => ({ path, plan: oddCalls(), input: input(provider, i) })),
    );
  });
  const input = (provider: string, i: number): Input => ({ provider, model: models[i] as string });

  test.each(DIALECTS.map(([path], i) => [path, i] as const))('%s', async (_, i) => {
    await completes(tasks[i] as Task, models[i] as string);
  });
});

describe('a window that is too small', () => {
  const models = DIALECTS.map(([path]) => `small-${path.slice(1)}`);
  let tasks: readonly Task[];
  beforeAll(async () => {
    tasks = await struck(
      DIALECTS.map(([path, provider], i) => ({
        ...{ path, plan: reader(16), input: { provider, model: models[i] as string } },
        refusal: (body: Json) => overflow(body),
      })),
    );
  });

  test.each(DIALECTS.map(([path], i) => [path, i] as const))('%s', async (_, i) => {
    const model = models[i] as string;
    await completes(tasks[i] as Task, model);
    const bodies = stage.strict.requestsOf(model).map(({ body }) => JSON.stringify(body));
    expect(bodies.some((body) => body.includes('[The first '))).toBe(true);
  });
});

describe('a model of another provider takes over', () => {
  const CHAINS: readonly [name: string, path: string, first: string, second: string, effort?: 'high'][] = [
    ['DeepSeek, then Anthropic', '/deepseek/v1', 'deepseek', 'anthropic'],
    ['DeepSeek, then Anthropic with thinking', '/deepseek/v1', 'deepseek', 'anthropic', 'high'],
    ['Anthropic with thinking, then DeepSeek', '/anthropic', 'anthropic', 'deepseek', 'high'],
    ['Anthropic with thinking, then Gemini', '/anthropic', 'anthropic', 'google', 'high'],
    ['Gemini, then Mistral', '/google', 'google', 'mistral'],
    ['Mistral, then a template that wants alternation', '/mistral', 'mistral', 'ollama'],
  ];
  // The packages of Google and DeepSeek know by the name what a model wants back.
  const first = (i: number): string => `${FAMILY[CHAINS[i]?.[2] ?? '']}-first-${i}`;
  const second = (i: number): string => `${FAMILY[CHAINS[i]?.[3] ?? '']}-second-${i}`;
  let tasks: readonly Task[];
  beforeAll(async () => {
    tasks = await struck(
      CHAINS.map(([, path, provider, other, effort], i) => {
        stage.strict.add(second(i), reader(6));
        const fallback = [{ provider: other, model: second(i) }];
        const input = { provider, model: first(i), fallback, ...(effort && { effort }) };
        return { path, plan: reader(6), input, refusal: (_: Json, n: number) => (n >= 4 ? GONE : undefined) };
      }),
    );
  });

  test.each(CHAINS.map(([name], i) => [name, i] as const))('%s', async (_, i) => {
    await completes(tasks[i] as Task, first(i));
    expect(stage.strict.refusalsOf(second(i))).toEqual([]);
    expect(stage.strict.requestsOf(second(i)).map(({ replies }) => replies)).toEqual([4, 5, 6]);
  });
});

// ---

const FAMILY: Readonly<Record<string, string>> = {
  anthropic: 'claude-sonnet-5-5',
  deepseek: 'deepseek-v4',
  google: 'gemini-3.8',
  mistral: 'mistral-large',
  ollama: 'gemma',
};

interface Story {
  readonly path: string;
  readonly plan: Plan;
  readonly input: Input;
  readonly refusal?: (body: Json, n: number) => Fault | undefined;
}

/** All of them are asking for their third reply when the worker dies. */
async function struck(stories: readonly Story[]): Promise<Task[]> {
  const begun = stories.map(({ path, plan, input, refusal }) => {
    const held = holdAt(2);
    const hold: Hold = (n, body) => refusal?.(body, n) ?? held.hold(n, body);
    return { held, task: stage.start(path, plan, input, hold) };
  });
  await Promise.allSettled(begun.map(async ({ held, task }) => reach(held, await task)));
  await stage.kill();
  for (const { held } of begun) held.release();
  await stage.revive();
  return Promise.all(begun.map(({ task }) => task));
}

/** Learned from the request for a summary, which ends in a turn of ours. */
const LEARNED = /roles must alternate/;

async function completes(task: Task, model: string): Promise<void> {
  const result = await task.result().catch((error: { cause?: Error }) => error.cause?.message);
  expect(stage.strict.refusalsOf(model).filter((words) => !LEARNED.test(words))).toEqual([]);
  expect(result).toMatchObject({ status: 'Completed', result: 'All notes are read.' });
}

const GONE: Fault = { status: 400, body: { error: { message: 'this model was retired' } } };

function overflow(body: Json): Fault | undefined {
  if (JSON.stringify(body.messages ?? body.contents).length < 12_000) return undefined;
  return { status: 400, body: { error: { message: 'the maximum context length of this model is 3000 tokens' } } };
}

function oddCalls(): Plan {
  const path = 'notes/1.txt';
  const calls: readonly Given['calls'][] = [
    [{ id: 'functions.read_file:0', name: 'functions.read_file', args: { path } }],
    [{ id: 'functions.read_file:0', name: 'read_file<|channel|>commentary', args: { path } }],
    [{ id: 'x'.repeat(40), name: 'no such tool: '.repeat(8), args: { path } }],
    [
      { id: 'call_0', name: 'read_file', args: { path: 'half \ud83d of a bird', '\udc26': 1 } },
      { id: 'call_0', name: 'read_file', args: { path } },
    ],
  ];
  return { ...reader(calls.length), instead: (n) => (calls[n] ? { calls: calls[n] } : undefined) };
}
