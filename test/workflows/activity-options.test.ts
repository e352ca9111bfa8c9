/** What a user may change of the activities of a task, and what never changes. */
import { describe, expect, test } from 'vitest';
import { type AgentOptions, activityOptionsOf } from '../../workflows/activity-options.js';

const KINDS = ['iterate', 'safeTool', 'unsafeTool', 'mirror'] as const;

/** As a program without types calls it. */
const optionsOf = (options: object) => activityOptionsOf(options as AgentOptions);

test.each(KINDS)('%s has no limit that counts hours without a worker, whatever is set', (kind) => {
  for (const options of [{}, { activities: { [kind]: { startToCloseTimeout: '1 day' } } }]) {
    expect(optionsOf(options)[kind]).not.toHaveProperty('scheduleToCloseTimeout');
    expect(optionsOf(options)[kind]).not.toHaveProperty('scheduleToStartTimeout');
  }
});

test('an unsafe tool has one attempt, whatever is set', () => {
  const activities = { unsafeTool: { startToCloseTimeout: '3 hours' } } as const;
  expect(activityOptionsOf({ activities }).unsafeTool).toMatchObject({
    startToCloseTimeout: '3 hours',
    heartbeatTimeout: '60 seconds',
    retry: { maximumAttempts: 1 },
  });
});

test('what is not set keeps its default, in the retry policy too', () => {
  const { iterate, safeTool } = activityOptionsOf({
    activities: { iterate: { retry: { maximumAttempts: 2 } }, safeTool: { retry: { initialInterval: '9 seconds' } } },
  });
  expect(iterate.retry).toEqual({ maximumAttempts: 2, initialInterval: '1 second', maximumInterval: '1 minute' });
  expect(safeTool.retry).toMatchObject({ maximumAttempts: 5, initialInterval: '9 seconds' });
  expect(safeTool.retry?.nonRetryableErrorTypes).toEqual(['StartRefused']);
});

test('a priority is that of all activities, except of those with one of their own', () => {
  const options = activityOptionsOf({
    priority: { priorityKey: 4 },
    activities: { safeTool: { priority: { priorityKey: 1 } } },
  });
  expect(KINDS.map((kind) => options[kind].priority?.priorityKey)).toEqual([4, 1, 4, 4]);
  expect(activityOptionsOf({}).iterate).not.toHaveProperty('priority');
});

describe('an option that would break the task is refused by name', () => {
  test.each([
    [{ activities: { iterate: { scheduleToCloseTimeout: '1 hour' } } }, 'activities.iterate.scheduleToCloseTimeout'],
    [{ activities: { safeTool: { scheduleToStartTimeout: '1 hour' } } }, 'activities.safeTool.scheduleToStartTimeout'],
    [{ activities: { unsafeTool: { retry: { maximumAttempts: 2 } } } }, 'activities.unsafeTool.retry'],
    [{ activities: { mirror: { retry: { maximumAttempts: 2 } } } }, 'activities.mirror.retry.maximumAttempts'],
    [{ activities: { safeTool: { retry: { nonRetryableErrorTypes: [] } } } }, 'activities.safeTool.retry.non'],
    [{ activities: { tool: {} } }, 'activities.tool'],
    [{ activities: { iterate: { retry: { maximumAttempts: 0 } } } }, 'activities.iterate.retry.maximumAttempts is 0'],
    [{ activities: { safeTool: { retry: { maximumAttempts: Infinity } } } }, 'maximumAttempts is Infinity'],
  ])('%j', (options, name) => {
    expect(() => optionsOf(options)).toThrow(name);
  });
});
