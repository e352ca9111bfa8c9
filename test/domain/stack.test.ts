/** Stack traces in history: files without the directories of a build. */
import { expect, test } from 'vitest';
import { withoutDirectories, withShortStack } from '../../src/domain/stack.js';

test.each([
  [
    '    at iterate (file:///home/me/rookery/dist/activities/iterate.js:10:5)',
    '    at iterate (activities/iterate.js:10:5)',
  ],
  ['    at async file:///tmp/a b/dist/activities/heartbeat.js:1:2', '    at async activities/heartbeat.js:1:2'],
  ['    at conclude (/tmp/x/workflows/agent.ts:105:9)', '    at conclude (workflows/agent.ts:105:9)'],
  ['    at x (/a/node_modules/@b/c/lib/d.js:1:2)', '    at x (@b/c/lib/d.js:1:2)'],
  ['    at x (C:\\a\\dist\\src\\b.js:1:2)', '    at x (src/b.js:1:2)'],
  ['    at node:internal/process/task_queues:95:5', '    at node:internal/process/task_queues:95:5'],
  ['Error: the file /etc/hosts is missing', 'Error: the file /etc/hosts is missing'],
])('%j becomes %j', (line, short) => {
  expect(withoutDirectories(line)).toBe(short);
});

test('causes have short ones too, also where they are a ring', () => {
  const inner = new Error('inner');
  const outer = new Error('outer', { cause: inner });
  inner.cause = outer;
  expect(withShortStack(outer)).toBe(outer);
  for (const { stack } of [inner, outer]) expect(stack).not.toContain(process.cwd());
});
