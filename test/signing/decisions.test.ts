/** A decision counts for exactly what was shown: this call, these arguments, this chain of runs, this time. */
import { describe, expect, test } from 'vitest';
import type { Approval } from '../../src/domain/messages.js';
import { problemOfDecision, signDecision } from '../../src/signing/decisions.js';
import { createSigner } from '../../src/signing/signature.js';

const signer = createSigner(Buffer.alloc(32, 1), 'default');
const NOW = 1_000;
const approval: Approval = {
  ...{ call: 'c1', tool: 'shell', args: { command: 'ls', n: 1 }, chain: 'run-1', workspace: '/w' },
  ...{ reason: 'it runs a command', asked: 0, expires: NOW + 1, refused: null },
};
const waiting = { id: 'c1', name: 'shell', args: { n: 1, command: 'ls' }, chain: 'run-1' };
const decision = signDecision(signer, 'task', approval, { decision: 'approve' });
const problem = (over: Partial<typeof waiting> = {}, now = NOW, id = 'task') =>
  problemOfDecision(signer, { workflowId: id, now }, decision, { ...waiting, ...over });

test('it counts, whatever the order of the arguments, until it expires', () => {
  expect(problem()).toBeUndefined();
  expect(problem({}, NOW + 1)).toBe('The decision came after its time.');
});

describe('it does not count for', () => {
  test.each([
    ['another call', { id: 'c2' }],
    ['another tool', { name: 'write_file' }],
    ['other arguments', { args: { command: 'ls', n: 2 } }],
    ['more arguments', { args: { command: 'ls', n: 1, x: null } }],
    ['another chain of runs', { chain: 'run-2' }],
    ['no chain of runs', { chain: '' }],
  ])('%s', (_, over) => {
    expect(problem(over)).toMatch(/^The decision is about/);
  });

  test('another task', () => {
    expect(problem({}, NOW, 'other')).toBe('The decision has no valid signature.');
  });
});

test('an empty chain counts not even for an empty chain', () => {
  const empty = signDecision(signer, 'task', { ...approval, chain: '' }, { decision: 'approve' });
  expect(problemOfDecision(signer, { workflowId: 'task', now: NOW }, empty, { ...waiting, chain: '' })).toMatch(/run/);
});

test.each([
  ['expires', NOW + 2],
  ['reason', 'because'],
  ['decision', 'deny'],
  ['chain', 'run-2'],
])('its %s cannot be changed afterwards', (name, value) => {
  const forged = { ...decision, [name]: value };
  const { chain } = forged;
  expect(problemOfDecision(signer, { workflowId: 'task', now: NOW }, forged, { ...waiting, chain })).toBe(
    'The decision has no valid signature.',
  );
});
