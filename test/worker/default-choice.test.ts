/** The demo model answers only where it was named: its answers look like those of a model. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { BackgroundTasksPlugin } from '../../src/plugin.js';
import { defaultChoiceOf } from '../../src/worker/default-choice.js';

const given = (keys: object, more: object = {}) =>
  defaultChoiceOf({ workdir: '/w', models: { keys, endpoints: {} }, ...more });

test('the only key decides the provider', () => {
  expect(given({ anthropic: 'k' })).toEqual({ provider: 'anthropic', model: expect.stringMatching(/^claude-/) });
  expect(given({ openai: ' ', mistral: 'k' })).toMatchObject({ provider: 'mistral' });
});

test('a choice that is named goes before all keys', () => {
  const defaultChoice = { provider: 'demo', model: 'demo' } as const;
  expect(given({ anthropic: 'k' }, { defaultChoice })).toBe(defaultChoice);
  expect(given({}, { defaultChoice })).toBe(defaultChoice);
});

test('the only model of the user decides, and beside a key it decides nothing', () => {
  const own = { mine: { modelId: 'm' } };
  expect(defaultChoiceOf({ workdir: '/w', models: { own } as never })).toEqual({ provider: 'mine', model: 'm' });
  expect(defaultChoiceOf({ workdir: '/w', models: { own, keys: { openai: 'k' } } as never })).toBeUndefined();
});

test('several keys decide nothing', () => {
  expect(given({ openai: 'k', anthropic: 'k' })).toBeUndefined();
});

test('a plugin without key and choice serves clients, and is refused to a worker, with what to do', async () => {
  const workdir = mkdtempSync(join(tmpdir(), 'rookery-choice-'));
  try {
    const plugin = await BackgroundTasksPlugin.create({ workdir });
    expect(plugin.configureClient({}).interceptors?.workflow).toHaveLength(1);
    const hint = expect.stringContaining('defaultChoice');
    expect(() => plugin.configureWorker({ taskQueue: 'q' })).toThrow(
      expect.objectContaining({ name: 'RookeryError', code: 'missing_key', hint }),
    );
  } finally {
    rmSync(workdir, { recursive: true });
  }
});
