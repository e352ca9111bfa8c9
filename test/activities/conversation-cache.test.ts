/** The cache of conversations: what it holds is counted to the byte, and never more than its budget. */
import { expect, test } from 'vitest';
import { ConversationCache } from '../../activities/conversation-cache.js';
import type { Base } from '../../src/domain/activity-calls.js';
import { type Message, totalSize } from '../../src/domain/conversation.js';
import type { TaskInput } from '../../src/domain/protocol.js';

const INPUT: TaskInput = { prompt: 'Read.' };
const TASK = { id: 'task', input: INPUT };
const said = (content: string): Message[] => [{ role: 'user', content }];
const SIZE = totalSize(said('x'.repeat(1_000)));
const text = said('x'.repeat(1_000));

function cacheOf(budget?: number) {
  const seen: { found: boolean; held: number }[] = [];
  const metrics = {
    recordLookup: (found: boolean, held: number) => seen.push({ found, held }),
    recordRun: () => undefined,
  };
  const cache = new ConversationCache(metrics, budget);
  const look = async (state: string): Promise<{ found: boolean; held: number }> => {
    await cache.resolve(TASK, { state }, []);
    return seen.at(-1) as { found: boolean; held: number };
  };
  return { cache, look };
}

test('what it holds is the sum of what it keeps, also after a task was forgotten', async () => {
  const { cache, look } = cacheOf();
  const [a, b] = [cache.store('task-1', text), cache.store('task-2', text)];
  expect(await look(a)).toEqual({ found: true, held: 2 * SIZE });
  cache.forget('task-1');
  expect(await look(a)).toEqual({ found: false, held: SIZE });
  cache.forget('task-1');
  expect(await look(b)).toEqual({ found: true, held: SIZE });
});

test('a task keeps its four latest conversations', async () => {
  const { cache, look } = cacheOf();
  const tokens = Array.from({ length: 6 }, () => cache.store('task', text));
  const found: boolean[] = [];
  for (const token of tokens) found.push((await look(token)).found);
  expect(found).toEqual([false, false, true, true, true, true]);
  expect((await look(tokens[5] as string)).held).toBe(4 * SIZE);
});

test('over its budget the one that was not used for the longest time goes, and its bytes with it', async () => {
  const { cache, look } = cacheOf(2 * SIZE);
  const [a, b] = [cache.store('1', text), cache.store('2', text)];
  await look(a);
  const c = cache.store('3', text);
  expect(await look(b)).toEqual({ found: false, held: 2 * SIZE });
  expect(await look(a)).toEqual({ found: true, held: 2 * SIZE });
  expect((await look(c)).found).toBe(true);
});

test('one that is larger than the budget is kept alone', async () => {
  const { cache, look } = cacheOf(SIZE - 1);
  cache.store('1', said('small'));
  const large = cache.store('2', text);
  expect(await look(large)).toEqual({ found: true, held: SIZE });
});

test('a conversation that was sent counts once, however often it is sent', async () => {
  const { cache, look } = cacheOf();
  const base: Base = { state: 'sent', whole: 1 };
  for (let i = 0; i < 3; i++) expect(await cache.resolve(TASK, base, [text, said('tail')])).toHaveLength(4);
  const { held } = await look('sent');
  const opening = await cache.resolve(TASK, { state: null }, []);
  expect(held).toBe(totalSize([...(opening ?? []), ...text]));
});

test('conversations that were sent are among the four that a task keeps, and go with it', async () => {
  const { cache, look } = cacheOf();
  for (let i = 0; i < 6; i++) await cache.resolve(TASK, { state: `sent ${i}`, whole: 0 }, []);
  const found: boolean[] = [];
  for (let i = 0; i < 6; i++) found.push((await look(`sent ${i}`)).found);
  expect(found).toEqual([false, false, true, true, true, true]);
  cache.forget(TASK.id);
  expect(await look('sent 5')).toEqual({ found: false, held: 0 });
});
