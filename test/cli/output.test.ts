/** A long list is written in pieces of a pipe's size, and reads back as it was. */
import { expect, test, vi } from 'vitest';
import { outputOf } from '../../src/cli/output.js';

const PIECE_BYTES = 64 * 1024;

test.each([0, 1, 5_000])('a list of %d values', async (count) => {
  const tasks = Array.from({ length: count }, (_, n) => ({
    id: n,
    prompt: `größer \u001b[31m ${'x'.repeat(n % 500)}`,
  }));
  const pieces: string[] = [];
  const taken = (piece: unknown, done?: () => void): boolean => {
    pieces.push(String(piece));
    done?.();
    return true;
  };
  const write = vi.spyOn(process.stdout, 'write').mockImplementation(taken as typeof process.stdout.write);
  try {
    const texts = tasks.map((task) => [JSON.stringify(task)]);
    await outputOf({ json: true }).texts('tasks', texts, { errors: ['e'] });
  } finally {
    write.mockRestore();
  }
  const text = pieces.join('');
  expect(JSON.parse(text)).toEqual({ tasks, errors: ['e'] });
  expect(text).not.toContain('\u001b');
  expect(pieces.length).toBeLessThanOrEqual(Math.ceil(text.length / PIECE_BYTES) + 1);
});
