import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { takeHead, takeTail, truncate, withoutControls } from '../../src/domain/truncate.js';
import { createCapture } from '../../src/processes/capture.js';

const LONE = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/;

describe('truncate', () => {
  test('what fits stays as it is', () => {
    expect(truncate('', { maxBytes: 1_000 })).toBe('');
    expect(truncate('a\tb\r\nc 😀', { maxBytes: 1_000 })).toBe('a\tb\r\nc 😀');
    expect(truncate('x'.repeat(65_536))).toHaveLength(65_536);
  });

  test('what does not keeps its beginning and its end, and a notice says what is missing and how to read on', () => {
    const text = truncate(`start ${'x'.repeat(100_000)} end`, { maxBytes: 1_000, hint: 'read on with offset 7' });
    expect(text).toMatch(/^start x+\n\[… \d+ bytes left out; read on with offset 7\]\nx+ end$/);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(1_000);
  });

  test('the notice counts exactly what is missing', () => {
    const text = truncate('x'.repeat(100_000), { maxBytes: 1_000 });
    const lost = Number(/(\d+) bytes left out/.exec(text)?.[1]);
    expect(lost + (text.match(/x/g)?.length ?? 0)).toBe(100_000);
  });

  test('the hint may depend on the head that stayed', () => {
    const text = truncate('line\n'.repeat(10_000), {
      maxBytes: 1_000,
      hint: (head) => `${head.split('\n').length} lines`,
    });
    expect(text).toMatch(/left out; 61 lines\]/);
  });

  test('a code point is never cut, wherever the limit falls', () => {
    for (let shift = 0; shift < 4; shift++) {
      for (let maxBytes = 500; maxBytes < 510; maxBytes++) {
        const text = truncate('a'.repeat(shift) + '😀'.repeat(1_000), { maxBytes });
        expect(text).not.toMatch(LONE);
        expect(text).not.toContain('\uFFFD');
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(maxBytes);
      }
    }
  });

  test('lone surrogates and control characters become U+FFFD, so that JSON stays small', () => {
    expect(withoutControls('a\uD800b\uDC00c😀')).toBe('a\uFFFDb\uFFFDc😀');
    expect(withoutControls('\x00\x07\x1b[31m\t\r\n')).toBe('\uFFFD\uFFFD\uFFFD[31m\t\r\n');
    expect(JSON.stringify(truncate('\0'.repeat(65_536))).length).toBeLessThanOrEqual(2 * 65_536);
  });

  test('of any text the result is well formed, within the limit, and honest', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 3_000 }),
        fc.integer({ min: 600, max: 2_000 }),
        (text, maxBytes) => {
          const cut = truncate(text, { maxBytes, hint: 'read on' });
          expect(cut).not.toMatch(LONE);
          expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(maxBytes);
          if (Buffer.byteLength(withoutControls(text)) <= maxBytes) expect(cut).toBe(withoutControls(text));
        },
      ),
    );
  });
});

describe('takeHead and takeTail', () => {
  test('take whole code points only', () => {
    expect(takeHead('ä😀b', 1)).toBe('');
    expect(takeHead('ä😀b', 5)).toBe('ä');
    expect(takeHead('ä😀b', 6)).toBe('ä😀');
    expect(takeTail('ä😀b', 4)).toBe('b');
    expect(takeTail('ä😀b', 5)).toBe('😀b');
    expect(takeTail('ä😀b', 99)).toBe('ä😀b');
  });
});

describe('a capture', () => {
  test('gives back what fits, in whatever pieces it came', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 600 }), fc.integer({ min: 1, max: 50 }), (text, step) => {
        const bytes = Buffer.from(text);
        const capture = createCapture(bytes.length + 1);
        for (let at = 0; at < bytes.length; at += step) capture.push(bytes.subarray(at, at + step));
        expect(capture.total).toBe(bytes.length);
        expect(capture.text()).toBe(withoutControls(text));
      }),
    );
  });

  test('keeps the first and the last bytes of what does not fit, cut on code points', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3_000 }), fc.integer({ min: 0, max: 3 }), (step, shift) => {
        const text = 'a'.repeat(shift) + Array.from({ length: 2_000 }, (_, i) => `${i}😀`).join('');
        const bytes = Buffer.from(text);
        const capture = createCapture(1_000);
        for (let at = 0; at < bytes.length; at += step) capture.push(bytes.subarray(at, at + step));
        const kept = capture.text({ maxBytes: 2_000 });
        const [head = '', tail = ''] = kept.split(/\n\[… \d+ bytes left out\]\n/);
        expect(text.startsWith(head)).toBe(true);
        expect(text.endsWith(tail)).toBe(true);
        expect(head.length).toBeGreaterThan(200);
        expect(tail.length).toBeGreaterThan(200);
        expect(Number(/(\d+) bytes/.exec(kept)?.[1])).toBe(bytes.length - Buffer.byteLength(head + tail));
      }),
    );
  });

  test('bytes that are no UTF-8 become U+FFFD and stay within the limit', () => {
    const capture = createCapture(1_000);
    capture.push(Buffer.alloc(5_000, 0xff));
    const text = capture.text({ maxBytes: 1_500 });
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(1_500);
    expect(text).toContain('\uFFFD');
  });
});
