import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRedactor } from '../../src/domain/redact.js';
import { expectLinear } from '../support/growth.js';
import { SCALE, SEEDS } from '../support/random.js';

const SECRET = 'sk-ant-api03/Zq+9_~?>xY=="ü🦅 end';
const redact = createRedactor([SECRET]);

/** Each way in which a secret is written down, when bytes stand before and behind it. */
function formsOf(secret: string, before = '', behind = ''): string[] {
  const all = Buffer.from(before + secret + behind);
  const hex = Buffer.from(secret).toString('hex');
  return [
    `${before}${secret}${behind}`,
    JSON.stringify(before + secret + behind),
    all.toString('base64'),
    all.toString('base64').replace(/=+$/, ''),
    all.toString('base64url'),
    hex,
    hex.toUpperCase(),
    encodeURIComponent(before + secret + behind),
    encodeURI(before + secret + behind),
    encodeURIComponent(secret).replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
    new URLSearchParams({ q: before + secret + behind }).toString(),
    Buffer.from(secret).reduce((text, byte) => `${text}%${byte.toString(16).padStart(2, '0')}`, ''),
  ];
}

/** What of the secret can be read out of a text by undoing each encoding; base64 at each of the four places to begin. */
function shown(text: string): string {
  const parts = [text, text.replaceAll('\\"', '"').replaceAll('\\\\', '\\')];
  const runs = text.match(/[A-Za-z0-9+/_-]{8,}/g) ?? [];
  for (const run of runs) {
    parts.push(...[0, 1, 2, 3].map((at) => Buffer.from(run.slice(at), 'base64').toString('latin1')));
    parts.push(...[0, 1].map((at) => Buffer.from(run.slice(at), 'hex').toString('latin1')));
  }
  const spaced = text.replaceAll('+', ' ');
  for (const one of [text, spaced])
    parts.push(one.replace(/%([0-9a-f]{2})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16))));
  return parts.join('\n');
}

const ASCII = fc.string({ unit: fc.constantFrom(...'abcXYZ0189+/=-_~ %&"\\.'), minLength: 8, maxLength: 60 });
const ANY = fc.string({ unit: 'grapheme', minLength: 8, maxLength: 40 });
const RUNS = { numRuns: Math.max(100, Math.round(2000 * SCALE)) };

describe('a secret', () => {
  test.each(formsOf(SECRET).map((form, n) => [n, form]))('in form %i is gone: %s', (_, form) => {
    const clean = redact(`before ${form} behind`);
    expect(clean).toContain('[key]');
    expect(clean.length).toBeLessThan('before  behind [key]'.length + 8);
  });

  test.each(SEEDS)('is in no form left, whatever stands around it (seed %i)', (seed) => {
    fc.assert(
      fc.property(
        fc.oneof(ASCII, ANY),
        fc.string({ maxLength: 5 }),
        fc.string({ maxLength: 5 }),
        (secret, before, behind) => {
          fc.pre(secret.isWellFormed() && !'[key]'.includes(secret));
          const clean = createRedactor([secret]);
          for (const form of formsOf(secret, before, behind)) {
            const text = clean(form);
            expect(text).toContain('[key]');
            expect(shown(text)).not.toContain(Buffer.from(secret).toString('latin1'));
          }
        },
      ),
      { seed, ...RUNS },
    );
  });

  test.each([0, 1, 2, 3, 4, 5])('in base64 behind %i bytes leaves at most the neighbours half-decided', (before) => {
    for (const encoding of ['base64', 'base64url'] as const)
      for (const behind of ['', 'x', 'xy', 'xyz']) {
        const text = Buffer.from('\0'.repeat(before) + SECRET + behind).toString(encoding);
        const clean = redact(text);
        expect(clean.replace('[key]', '').length).toBeLessThanOrEqual(Math.ceil((before * 4) / 3) + 8);
      }
  });

  test('that begins with another one is taken as a whole', () => {
    const both = createRedactor(['abcdefgh', 'abcdefghijkl']);
    expect(both('abcdefghijkl abcdefgh')).toBe('[key] [key]');
  });

  test('of fewer than eight characters, or empty, is left alone', () => {
    expect(createRedactor(['', 'short', '1234567'])('short 1234567')).toBe('short 1234567');
  });

  test('with characters that mean something in a pattern is only itself', () => {
    const dotted = createRedactor(['a.*b|(c)[d]$^']);
    expect(dotted('a.*b|(c)[d]$^ axxb|(c)[d]$^')).toBe('[key] axxb|(c)[d]$^');
  });
});

test.each(SEEDS)('a text without secrets is unchanged (seed %i)', (seed) => {
  const secrets = createRedactor(['sk-0123456789abcdef', 'another-key-of-somebody']);
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 500 }), (text) => secrets(text) === text),
    { seed, ...RUNS },
  );
});

test('twice the text takes twice the time, with twenty secrets', () => {
  const secrets = Array.from({ length: 20 }, (_, n) => `sk-${n}-${'0123456789abcdef'.repeat(3)}`);
  const many = createRedactor(secrets);
  const pieces = ['sk-', 'The quick brown fox. ', Buffer.alloc(48, 7).toString('base64')];
  for (const piece of pieces) {
    const textOf = (length: number): string => piece.repeat(length / piece.length);
    expect(many(textOf(65_536))).toBe(textOf(65_536));
    expectLinear(65_536, textOf, many);
  }
});
