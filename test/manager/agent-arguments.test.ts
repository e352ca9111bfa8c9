/** Which values of a user's workflow are those of its agent: the ones that a worker signed for it, wherever they lie. */
import { expect, test } from 'vitest';
import { carriedAgentIn, isSignedAgent } from '../../src/manager/agent-arguments.js';
import { createSigner } from '../../src/signing/signature.js';

const signer = createSigner(Buffer.alloc(32, 1), 'default');
const signed = signer.signStart('agent/mine', { prompt: 'x' });
const args = [signed, { state: 'token' }, []];

test('a signature for the agent of that workflow is the mark', () => {
  expect(isSignedAgent(signed, 'mine')).toBe(true);
  for (const other of [
    signer.signStart('mine', { prompt: 'x' }),
    signer.signStart('agent/other', { prompt: 'x' }),
    { prompt: 'x' },
    'agent/mine',
    null,
    undefined,
    5,
  ]) {
    expect(isSignedAgent(other, 'mine')).toBe(false);
  }
});

test.each([
  ['as an argument', ['question', { agent: args }]],
  ['in an object of the user', [{ progress: { research: { agent: args } } }]],
  ['in a list of the user', [[1, [{ agent: args }]]]],
])('a state is found %s', (_, given) => {
  expect(carriedAgentIn(given, 'mine')).toBe(args);
});

test.each([
  ['a start without a state', ['question']],
  ['the state of another workflow', [{ agent: [signer.signStart('agent/other', { prompt: 'x' })] }]],
  ['something that looks like one', [{ agent: [{ prompt: 'x' }] }, { agent: null }, { agent: 'signed' }]],
  ['what lies too deep', [{ a: { b: { c: { d: { e: { agent: args } } } } } }]],
])('none is found in %s', (_, given) => {
  expect(carriedAgentIn(given, 'mine')).toBeUndefined();
});
