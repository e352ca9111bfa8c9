/** The shipped schemas: exact about what they know, closed to what they do not. Real events and statuses: follow.test.ts. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { TaskFile } from '../../src/domain/wire.js';
import type { FollowEvent } from '../../src/manager/follow.js';
import { fromFiles, type StatusObject } from '../../src/manager/status-object.js';
import { eventProblems, statusProblems } from './schemas.js';

const stamp = '2026-01-02T03:04:05.678901+00:00';
const at = { cursor: '0190e0c4-0000-7000-8000-000000000000:11.0', time: stamp };
const usage = { input_tokens: 10, output_tokens: 5, total_tokens: 15 };

const file: TaskFile = {
  id: 'one',
  prompt: 'Do it.',
  system_prompt: '',
  status: 'Running',
  result: null,
  error: null,
  created_at: '2026-01-02T03:04:05+00:00',
  updated_at: stamp,
  iterations: 0,
  provider: null,
  model: null,
  checkpoint: null,
};
const status: StatusObject = structuredClone(fromFiles(file, { reason: null, host: 'rookery@0a' }));

const events: FollowEvent[] = [
  { ...at, type: 'submitted', id: 'one', prompt: 'Do it.' },
  {
    ...at,
    type: 'iteration',
    iteration: 1,
    provider: 'demo',
    model: 'demo',
    content: '',
    calls: 1,
    finish: 'tool-calls',
    usage,
    cost: { usd: 0.1, source: 'prices', unpriced: 0 },
  },
  {
    ...at,
    type: 'call',
    iteration: 1,
    call: 'c',
    tool: 'shell',
    args: { command: 'true' },
    verdict: 'run',
    reason: null,
  },
  { ...at, type: 'call', iteration: 1, call: 'c', tool: 'shell', args: null, verdict: 'ask', reason: 'it may write' },
  { ...at, type: 'result', iteration: 1, call: 'c', tool: 'shell', outcome: 'unknown', content: '' },
  { ...at, type: 'waiting', phase: 'waiting_person', reason: null },
  { ...at, type: 'rewound', iteration: 0 },
  { ...at, type: 'waiting', phase: 'paused', reason: 'paused: lunch' },
  { ...at, type: 'message', message: 'm', state: 'accepted', mode: 'steer', text: 'Faster.', iteration: null },
  { ...at, type: 'message', message: 'm', state: 'withdrawn', mode: null, text: null, iteration: null },
  { ...at, type: 'question', iteration: 1, call: 'c', question: 'Which?', choices: ['this', 'that'] },
  { ...at, type: 'limit', state: 'warning', kind: 'cost', used: 0.8, limit: 1 },
  { ...at, type: 'retry', by: 'retry', iteration: 3 },
  { ...at, type: 'fork', from: { id: 'two', iteration: 3 } },
  { type: 'text', time: stamp, iteration: 1, text: '…so far', added: null },
  { ...at, type: 'end', ...status },
];

test('a status object is valid, and none of its fields may be missing, unknown or of another type', () => {
  expect(statusProblems(status)).toEqual([]);
  for (const part of [status, status.detail, status.detail.usage, status.detail.mirror]) expectClosed(part);
});

test.each(events)('an event of type $type is valid, and closed', (event) => {
  expect(eventProblems(event)).toEqual([]);
  expect(eventProblems({ ...event, surprise: 1 })).not.toEqual([]);
  for (const name of Object.keys(event)) expect(eventProblems({ ...event, [name]: undefined }), name).not.toEqual([]);
});

test.each([
  ['retry', { text: 'Look again.' }],
  ['iteration', { compacted: 2 }],
  ['iteration', { invalid: 'it has no name' }],
])('an event of type %s may have %j', (type, more) => {
  const event = { ...events.find((one) => one.type === type), ...more };
  expect(eventProblems(event)).toEqual([]);
  for (const name of Object.keys(more)) expect(eventProblems({ ...event, [name]: null })).not.toEqual([]);
});

test('the line of a command that leaves a waiting task is a status object with a type, and has no cursor', () => {
  expect(eventProblems({ type: 'waiting', ...status })).toEqual([]);
  expect(eventProblems({ ...at, type: 'waiting', ...status })).not.toEqual([]);
});

test.each(['done', 'started', 7, undefined])('there is no event of type %s', (type) => {
  expect(eventProblems({ ...at, type })).not.toEqual([]);
});

test.each([
  ['status', 'running'],
  ['created_at', 'yesterday'],
  ['iterations', -1],
  ['result', 0],
  ['id', '../up'],
])('a status object whose %s is %s is refused', (name, value) => {
  expect(statusProblems({ ...status, [name]: value })).not.toEqual([]);
});

test('the schemas ship in the package', () => {
  const { files } = JSON.parse(readFileSync('package.json', 'utf8')) as { files: string[] };
  expect(files).toContain('schema');
});

// ---

/** In place, so that the check sees the part inside the whole. */
function expectClosed(part: object): void {
  const fields = part as Record<string, unknown>;
  fields.surprise = 1;
  expect(statusProblems(status), 'an unknown field').not.toEqual([]);
  delete fields.surprise;
  for (const name of Object.keys(fields)) {
    const { [name]: value } = fields;
    delete fields[name];
    expect(statusProblems(status), `without ${name}`).not.toEqual([]);
    fields[name] = value;
  }
  expect(statusProblems(status)).toEqual([]);
}
