/** What the model is asked: with the time that is left, and shorter when the conversation is too long for it. */
import { expect, test } from 'vitest';
import { askModel } from '../../activities/ask-model.js';
import { ContextRoom } from '../../activities/context-room.js';
import type { ActivityDeps } from '../../activities/ports.js';
import { applyShrinking } from '../../src/domain/compaction.js';
import { type Message, totalSize } from '../../src/domain/conversation.js';
import { RookeryError } from '../../src/domain/errors.js';
import { NO_USAGE } from '../../src/domain/task.js';

const ROUND: Message[] = [
  { role: 'assistant', content: '', calls: [{ id: 'c', wire_id: 'w', name: 'read_file', args: {} }] },
  { role: 'tool', call: 'c', outcome: 'ok', content: 'x'.repeat(4_000) },
];
const rounds = (n: number): Message[] =>
  Array.from(
    { length: n },
    (_, i) => JSON.parse(JSON.stringify(ROUND).replaceAll('"c"', `"c${i}"`)) as Message[],
  ).flat();

interface Asked {
  readonly messages: readonly Message[];
}

/** A model that accepts so many bytes. */
function withModel(most: number, failure = 'context_overflow') {
  const asked: Asked[] = [];
  let arrived = 0;
  const ask = async (request: Asked): Promise<object> => {
    asked.push(request);
    if (totalSize(request.messages) > most) throw new RookeryError(failure as 'context_overflow', 'too long');
    return { content: 'answer', calls: [], usage: NO_USAGE };
  };
  const deps = {
    models: { open: () => ({ ask }) },
    tools: { all: new Map(), find: () => undefined, spec: () => undefined, whenReady: async () => void arrived++ },
    policy: { offered: () => [] },
  } as unknown as ActivityDeps;
  return { deps, asked, arrived: () => arrived };
}

type Question = Parameters<typeof askModel>[1];

function question(deadline?: number, signed = true): Question {
  const task = {
    opening: 0,
    input: {},
    start: {},
    id: 'task',
    messageBudget: 1_000_000,
    authority: { signed },
    limits: {},
    chain: [],
  };
  return {
    ...{
      task,
      input: deadline === undefined ? {} : { deadline },
      room: new ContextRoom(),
      mayCompact: true,
      live: { rejected: { empty: 0, usage: NO_USAGE } },
      signal: new AbortController().signal,
      observe: (_request: unknown, ask: () => unknown) => ask(),
    },
  } as unknown as Question;
}

test('a conversation that is too long for the model is halved until it fits, and the steps are returned', async () => {
  const { deps, asked } = withModel(10_000);
  const settled = rounds(8);
  const { messages, shrunk, reply } = await askModel(deps, question(), settled);
  expect(reply).toMatchObject({ content: 'answer' });
  expect(asked.length).toBeGreaterThan(1);
  expect(totalSize(messages)).toBeLessThanOrEqual(10_000);
  expect(shrunk.reduce((all, step) => applyShrinking(all, 0, step), settled)).toEqual(messages);
});

test('another error is thrown at once, and so is one that nothing removable is left for', async () => {
  const other = withModel(0, 'unavailable');
  await expect(askModel(other.deps, question(), rounds(8))).rejects.toMatchObject({ code: 'unavailable' });
  expect(other.asked).toHaveLength(1);
  const full = withModel(0);
  await expect(askModel(full.deps, question(), rounds(8))).rejects.toMatchObject({ code: 'context_overflow' });
});

test('after the end of its time the model is not asked; before it is', async () => {
  const late = withModel(1_000_000);
  await expect(askModel(late.deps, question(Date.now()), rounds(1))).rejects.toMatchObject({ type: 'OutOfTime' });
  expect(late.asked).toEqual([]);
  await askModel(late.deps, question(Date.now() + 3_600_000), rounds(1));
  expect(late.asked).toHaveLength(1);
});

test('tools of MCP servers are waited for by signed tasks alone', async () => {
  const { deps, arrived } = withModel(1_000_000);
  await askModel(deps, question(undefined, false), rounds(1));
  expect(arrived()).toBe(0);
  await askModel(deps, question(), rounds(1));
  expect(arrived()).toBe(1);
});
