/** What a signature covers: which content, which workflow ids, which signal, which key, which namespace. */
import { describe, expect, test } from 'vitest';
import type { SignedMessage } from '../../src/domain/messages.js';
import type { TaskInput } from '../../src/domain/protocol.js';
import { createSigner } from '../../src/signing/signature.js';

const KEY = Buffer.alloc(32, 1);
const signer = createSigner(KEY, 'default');
const INPUT: TaskInput = { prompt: 'Count.', allow: ['shell'], workspace: '/w' };

describe('the start of a schedule', () => {
  const signed = signer.signStart('schedule:nightly', INPUT);

  test.each(['nightly-2026-11-27T05:00:00Z', 'nightly-2026-11-27T05:00:00.123Z'])('counts for %s', (id) => {
    expect(signer.verifyStart(id, signed)).toBe(true);
  });

  test.each([
    'nightly',
    'nightly-',
    'nightly-evil',
    'nightly-2026-11-27T05:00:00Z-evil',
    'nightly-2026-11-27T05:00:00',
    'nightly-2026-11-27T5Z',
    'nightly-2026-11-27T:.:Z',
    'nightly2026-11-27T05:00:00Z',
    'nightly-evil-2026-11-27T05:00:00Z',
    'schedule:nightly',
    'schedule:nightly-2026-11-27T05:00:00Z',
  ])('counts not for %s', (id) => {
    expect(signer.verifyStart(id, signed)).toBe(false);
  });
});

test('the input of a schedule is known by its own workflow id alone', () => {
  const signed = signer.signStart('schedule:nightly', INPUT);
  expect(signer.verifySchedule('nightly', signed)).toBe(true);
  expect(signer.verifySchedule('daily', signed)).toBe(false);
  expect(signer.verifySchedule('nightly', { ...signed, prompt: 'x' })).toBe(false);
  expect(signer.verifySchedule('nightly', signer.signStart('nightly', INPUT))).toBe(false);
  expect(signer.verifySchedule('nightly', INPUT)).toBe(false);
});

describe('a signed start', () => {
  const signed = signer.signStart('task', INPUT);

  test('counts for its id, its key and its namespace alone', () => {
    expect(signer.verifyStart('task', signed)).toBe(true);
    expect(signer.verifyStart('task-2026-11-27T05:00:00Z', signed)).toBe(false);
    expect(createSigner(Buffer.alloc(32, 2), 'default').verifyStart('task', signed)).toBe(false);
    expect(createSigner(KEY, 'other').verifyStart('task', signed)).toBe(false);
  });

  test('is another one each time', () => {
    expect(signer.signStart('task', INPUT).signature?.mac).not.toBe(signed.signature?.mac);
  });

  test.each([
    ['another field', { ...signed, yes: true }],
    ['a field less', { prompt: signed.prompt, signature: signed.signature }],
    ['a changed field', { ...signed, prompt: 'Count!' }],
    ['another scope', { ...signed, signature: { ...signed.signature, scope: 'schedule:task' } }],
    ['no nonce', { ...signed, signature: { scope: 'task', mac: signed.signature?.mac } }],
    ['another nonce', { ...signed, signature: { ...signed.signature, nonce: 'n' } }],
    ['another time', { ...signed, signature: { ...signed.signature, signed_at: 't' } }],
    ['half a MAC', { ...signed, signature: { ...signed.signature, mac: signed.signature?.mac.slice(1) } }],
    ['a MAC in capitals', { ...signed, signature: { ...signed.signature, mac: signed.signature?.mac.toUpperCase() } }],
    ['no signature', INPUT],
    ['null as its signature', { ...INPUT, signature: null }],
    ['a number as its scope', { ...signed, signature: { ...signed.signature, scope: 5 } }],
    ['a list as its MAC', { ...signed, signature: { ...signed.signature, mac: [signed.signature?.mac] } }],
  ])('does not count with %s', (_, input) => {
    expect(signer.verifyStart('task', input as TaskInput)).toBe(false);
  });
});

const signatureOf = (message: SignedMessage) => message.signature;

describe('a signed message', () => {
  const signed = signer.signMessage('task', 'resume', { id: 'm', run: 'r' });

  test('counts for its task and its signal alone', () => {
    expect(signer.verifyMessage('task', 'resume', signed)).toBe(true);
    expect(signer.verifyMessage('other', 'resume', signed)).toBe(false);
    expect(signer.verifyMessage('task', 'decide', signed)).toBe(false);
  });

  test.each([
    ['for another run', { ...signed, run: 's' }],
    ['for any run', { id: signed.id, signature: signatureOf(signed) }],
    ['under another id', { ...signed, id: 'n' }],
    ['with the signature of a start', { ...signed, signature: signer.signStart('task', INPUT).signature }],
    ['without a signature', { id: 'm' }],
  ])('does not count %s', (_, message) => {
    expect(signer.verifyMessage('task', 'resume', message as typeof signed)).toBe(false);
  });
});
