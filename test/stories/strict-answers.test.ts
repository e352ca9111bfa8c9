/**
 * A structured answer, in the mode that each provider has for it: tools are called beside it, an answer that does not match
 * is repaired once, also when the worker is killed meanwhile, and a server that refuses the mode is told in words.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TaskInput } from '../../src/domain/protocol.js';
import type { Task } from '../support/rig.js';
import type { Plan } from '../support/strict/script.js';
import { type StrictLog, startStrictServer } from '../support/strict/server.js';
import { holdAt, openStage, reach, reader, type Stage } from '../support/strict/stage.js';
import { openTunnel, type Tunnel } from '../support/strict/tunnel.js';

type Input = Partial<TaskInput> & { model: string };
/** `beside`: with each request. `alone`: once only the answer is due, without tools. `told`: in words. */
type Mode = 'beside' | 'alone' | 'told';

const SCHEMA = {
  type: 'object',
  properties: { colour: { type: 'string', minLength: 2 } },
  required: ['colour'],
  additionalProperties: false,
};
/** Not what OpenAI calls strict. */
const LOOSE = { type: 'object', properties: { colour: { type: 'string' }, size: { type: 'integer' } } };

const PROVIDERS: readonly [name: string, path: string, mode: Mode, input: Input][] = [
  ['OpenAI', '', 'beside', { provider: 'openai', model: 'gpt-5.4-answer' }],
  ['OpenAI, loose', '', 'beside', { provider: 'openai', model: 'gpt-5.4-loose', schema: LOOSE }],
  ['Anthropic', '/anthropic', 'beside', { provider: 'anthropic', model: 'answer-claude' }],
  ['Anthropic thinking', '/anthropic', 'beside', { provider: 'anthropic', model: 'answer-claude-2', effort: 'high' }],
  ['Anthropic, old', '/anthropic', 'told', { provider: 'anthropic', model: 'old-claude' }],
  ['Ollama', '/vllm', 'alone', { provider: 'ollama', model: 'answer-qwen' }],
  ['LiteLLM', '/vllm', 'alone', { model: 'answer-lite', schema: LOOSE }],
  ['LiteLLM, refusing', '/vllm', 'told', { model: 'plain-qwen' }],
  ['a model without tools', '/vllm', 'told', { model: 'text-answer' }],
  ['OpenRouter', '/openai', 'alone', { provider: 'openrouter', model: 'answer-router' }],
  ['Gemini', '/google', 'alone', { provider: 'google', model: 'gemini-3.8-answer' }],
  ['DeepSeek', '/deepseek/v1', 'told', { provider: 'deepseek', model: 'deepseek-v4-answer' }],
  ['Mistral', '/mistral', 'told', { provider: 'mistral', model: 'answer-mistral' }],
];

const READS = 2;
const JSON_TEXT = '{"colour": "blue"}';

let stage: Stage;
let tunnel: Tunnel;
let tasks: readonly Task[];

beforeAll(async () => {
  const strict = await startStrictServer();
  tunnel = await openTunnel(strict, 'api.openai.com', '/openai');
  stage = await openStage({ strict, network: tunnel.network });
  const begun = PROVIDERS.map(([, path, , input]) => {
    const held = holdAt(READS + 1);
    return { held, task: stage.start(path, PLAN, { schema: SCHEMA, ...input }, held.hold) };
  });
  // All of them are in the repair round when the worker dies.
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

/** Says it in prose first, and then in a fence. */
const PLAN: Plan = {
  ...reader(READS, 'It is blue.'),
  instead: (n) => (n > READS ? { text: `Sorry.\n\`\`\`json\n${JSON_TEXT}\n\`\`\``, calls: [] } : undefined),
};

test.each(PROVIDERS.map(([name, , mode, { model }], i) => [name, mode, model, i] as const))(
  '%s: %s',
  async (_, mode, model, i) => {
    const task = tasks[i] as Task;
    const result = await task.result().catch((error: { cause?: Error }) => error.cause?.message);
    expect(result).toMatchObject({ status: 'Completed', result: JSON_TEXT, iterations: READS + 2 });
    expect(task.file()).toMatchObject({ status: 'Completed', result: JSON_TEXT });
    expect(stage.strict.refusalsOf(model).filter((words) => !isExpected(words))).toEqual([]);
    const answered = stage.strict.log.filter((entry) => entry.model === model && entry.refused === undefined);
    const repairs = answered.filter(({ replies }) => replies === READS + 1);
    expect(repairs.length).toBeGreaterThan(0);
    for (const { body } of repairs)
      expect(JSON.stringify(body)).toContain('does not match the JSON Schema of this task');
    expect(answered.filter(({ replies }) => replies <= READS).map(isNative)).toEqual(
      Array.from({ length: READS + 1 }, () => mode === 'beside'),
    );
    // The second worker has not learned that it has none, and asks it without any.
    if (model.startsWith('text-')) return;
    expect(repairs.map(isNative)).toEqual(repairs.map(() => mode !== 'told'));
    expect(repairs.map(hasTools)).toEqual(repairs.map(() => mode !== 'alone'));
    if (mode === 'told')
      for (const { body } of answered) expect(JSON.stringify(body)).toContain('Your final answer must');
  },
);

// ---

/** What a worker has to learn. */
const isExpected = (words: string): boolean =>
  /requires a parser for tool calls|built without structured outputs|output_config\.format|roles must alternate/.test(
    words,
  );

function isNative({ body }: StrictLog): boolean {
  const { response_format, text, output_config, generationConfig } = body as Record<string, Record<string, unknown>>;
  const gemini = generationConfig?.responseMimeType === 'application/json';
  return response_format !== undefined || text?.format !== undefined || output_config?.format !== undefined || gemini;
}

const hasTools = ({ body }: StrictLog): boolean => Array.isArray(body.tools) && body.tools.length > 0;
