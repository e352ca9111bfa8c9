/** What a task costs: summed by its workflow, shown everywhere, and a limit of its own. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BackgroundTaskManager } from '../../src/manager/manager.js';
import { inOrder } from '../support/book.js';
import type { Script } from '../support/llm-server.js';
import { type Rig, startRig } from '../support/rig.js';
import { until } from '../support/until.js';

/** The first models of the book have a price; the later ones have none. */
const PRICED = ['scripted-1', 'scripted-2', 'scripted-3'];
const PRICE = { input: 2, output: 10 };

let rig: Rig;
let manager: BackgroundTaskManager;
beforeAll(async () => {
  const prices = Object.fromEntries(PRICED.map((model) => [`litellm:${model}`, PRICE]));
  rig = await startRig({ plugin: { models: { keys: { openrouter: 'sk-or-scripted' }, endpoints: {}, prices } } });
  const { workdir } = rig.paths;
  manager = await BackgroundTaskManager.open({ workdir, namespace: rig.namespace, client: rig.client });
});
afterAll(() => rig.stop());

const look: Script = {
  calls: [{ id: 'a', name: 'list_files', args: {} }],
  usage: { input: 1_000, output: 500 },
};
const answer: Script = { content: 'Done.', usage: { input: 1_000, output: 500 } };

test('a task with a cost limit ends when it is reached, before another request', async () => {
  const task = await rig.start(inOrder(look), { limits: { max_cost_usd: 0.02 } });
  expect(PRICED).toContain(task.model);
  const failure = await task.failure();
  expect(failure.message).toBe('Cost limit of $0.02 reached');
  expect(failure.details?.[0]).toMatchObject({
    status: 'Failed',
    iterations: 3,
    usage: { cost: { usd: 0.021, source: 'config', unpriced: 0 } },
  });
  expect(task.requests()).toHaveLength(3);
});

test('one that asks at its cost limit warns before, waits there, and continues when it is raised', async () => {
  const task = await rig.start(inOrder(look, look, look, answer), {
    ...{ limits: { max_cost_usd: 0.017 }, on_limit: 'ask' },
  });
  expect(PRICED).toContain(task.model);
  await until(async () => (await task.status()).phase === 'waiting_limit', { what: 'it waits at its limit' });
  expect((await manager.inbox(task.id)).limit).toMatchObject({ kind: 'cost' });
  expect(task.requests()).toHaveLength(3);
  expect((await manager.status(task.id)).detail.next).toBe(`rookery raise ${task.id} --max-cost 0.034`);
  expect(await manager.raise(task.id, { max_cost_usd: 1 })).toMatchObject({ message: 'raised' });
  expect(await task.result()).toMatchObject({ status: 'Completed', iterations: 4 });
  const limits: unknown[] = [];
  await manager.follow(task.id, {
    onEvent: (event) => {
      if (event.type === 'limit') limits.push([event.kind, event.state, event.limit]);
    },
  });
  expect(limits).toEqual([
    ['cost', 'warning', 0.017],
    ['cost', 'reached', 0.017],
  ]);
});

test('the cost of a task is in its status, its list, its events and its transcript', async () => {
  const task = await rig.start(inOrder(look, answer));
  expect(PRICED).toContain(task.model);
  const cost = { usd: 0.014, source: 'config', unpriced: 0 };
  expect(await task.result()).toMatchObject({ status: 'Completed', usage: { cost } });
  const usage = { input_tokens: 2_000, output_tokens: 1_000, total_tokens: 3_000, cached_input_tokens: null };
  expect((await manager.status(task.id)).detail).toMatchObject({ cost, usage, source: 'temporal' });
  const { tasks } = await manager.list();
  const listed = tasks.find(({ id }) => id === task.id);
  expect(listed?.detail).toMatchObject({ cost, usage, source: 'files' });
  expect(listed).toMatchObject({ spent: undefined });
  const costs: unknown[] = [];
  await manager.follow(task.id, {
    onEvent: (event) => {
      if (event.type === 'iteration') costs.push(event.cost);
    },
  });
  expect(costs).toEqual(Array(2).fill({ usd: 0.007, source: 'config', unpriced: 0 }));
  const details = (await task.handle.query('__temporal_workflow_metadata')) as { currentDetails?: string };
  expect(details.currentDetails).toContain('3,000 tokens · $0.0140');
});

test('a model without a price has no cost, and a cost limit cannot stop it', async () => {
  const task = await rig.start(inOrder(look, look, answer), { limits: { max_cost_usd: 0.000001 } });
  expect(PRICED).not.toContain(task.model);
  const { status, usage } = await task.result();
  expect(status).toBe('Completed');
  expect(usage).not.toHaveProperty('cost');
  expect((await manager.status(task.id)).detail.cost).toBeNull();
});

test("OpenRouter's own figure is the cost of a reply", async () => {
  const priced: Script = { content: 'Done.', usage: { input: 1_000, output: 500, cost: 0.1234 } };
  const task = await rig.start(inOrder(priced), { provider: 'openrouter' });
  expect(await task.result()).toMatchObject({ usage: { cost: { usd: 0.1234, source: 'provider', unpriced: 0 } } });
});

test('replies that were empty are paid for too', async () => {
  const task = await rig.start(inOrder({ content: '', usage: { input: 1_000, output: 500, cost: 0.1 } }, answer), {
    provider: 'openrouter',
  });
  const cost = { usd: 0.1, source: 'provider', unpriced: 1 };
  expect(await task.result()).toMatchObject({ usage: { total_tokens: 3_000, cost } });
});
