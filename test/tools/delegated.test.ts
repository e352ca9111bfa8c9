/** Definitions of tools that are activities, workflows and Nexus operations: what is wrong is said when they are made. */
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { boundedContent, textOfResult } from '../../src/domain/delegate.js';
import { FIXED } from '../../src/domain/limits.js';
import { type ActivityTool, activityTool, nexusTool, workflowTool } from '../../src/tools/delegated.js';

const common = { name: 'pay', description: 'd', parameters: z.strictObject({}), effect: 'network' } as const;

test('defaults: one attempt of an unsafe activity, several of a safe one, and the queue of the task', () => {
  const given = { ...common, activity: 'pay' };
  expect(activityTool(given)).toMatchObject({
    ...{ replay: 'unsafe', placement: 'activity', yields: ['untrusted'] },
    delegate: { kind: 'activity', activity: 'pay', startToCloseTimeout: '10 minutes', retry: { maximumAttempts: 1 } },
  });
  expect(activityTool({ ...given, effect: 'read' }).delegate).toMatchObject({ retry: { maximumAttempts: 5 } });
  expect(activityTool({ ...given, replay: 'safe' }).delegate).toMatchObject({ retry: { maximumAttempts: 5 } });
  const retry = { maximumAttempts: 3 };
  expect(activityTool({ ...given, retry }).delegate).toMatchObject({ retry });
  expect(workflowTool({ ...common, workflow: 'w' }).delegate).toEqual({ kind: 'workflow', workflow: 'w' });
  expect(activityTool(given).delegate).not.toHaveProperty('taskQueue');
});

describe('is a TypeError', () => {
  test.each<[string, object]>([
    ['an activity without a name', { activity: '' }],
    ["the name of one of Rookery's activities", { activity: 'runTool' }],
    ['its prefix', { activity: 'rookery.mine' }],
    ['a time that is none', { startToCloseTimeout: 'soon' }],
    ['no time at all', { heartbeatTimeout: 0 }],
    ['a time of a retry', { retry: { initialInterval: '-1 s' } }],
    ['a name of a tool that no model takes', { name: 'a b' }],
  ])('%s', (_, wrong) => {
    const given = { ...common, activity: 'pay', ...wrong } as ActivityTool<object>;
    expect(() => activityTool(given)).toThrow(TypeError);
  });

  test.each(['30 s', '1.5 hours', '100ms', 5_000])('but not the time %j', (startToCloseTimeout) => {
    expect(activityTool({ ...common, activity: 'pay', startToCloseTimeout }).delegate).toMatchObject({
      startToCloseTimeout,
    });
  });

  test('an operation without an endpoint', () => {
    expect(() => nexusTool({ ...common, endpoint: ' ', service: 's', operation: 'o' })).toThrow(/'pay'.*endpoint/);
  });
});

test('a result is text, or JSON, and bounded as JSON too', () => {
  expect([textOfResult('a'), textOfResult({ a: 1 }), textOfResult(undefined), textOfResult(null)]).toEqual([
    ...['a', '{"a":1}', '(no result)', '(no result)'],
  ]);
  expect(boundedContent('short')).toBe('short');
  for (const text of ['"'.repeat(200_000), 'é'.repeat(200_000), `${'a'.repeat(60_000)}${'\n'.repeat(60_000)}`]) {
    const content = boundedContent(text);
    expect(Buffer.byteLength(JSON.stringify(content))).toBeLessThanOrEqual(FIXED.toolOutputBytes + 2);
    expect(content).toContain('bytes left out');
  }
});
