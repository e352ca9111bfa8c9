/** Sums of tokens: the details are told where a provider told them, and absent where none did. */
import { expect, test } from 'vitest';
import { addUsage, NO_USAGE, type Usage } from '../../src/domain/task.js';

const plain: Usage = { input_tokens: 10, output_tokens: 2, total_tokens: 12 };

test('details of one side stay, and those of both are added', () => {
  const cached: Usage = { ...plain, cached_input_tokens: 8, reasoning_tokens: 1 };
  expect(addUsage(plain, cached)).toEqual({
    ...{ input_tokens: 20, output_tokens: 4, total_tokens: 24 },
    ...{ cached_input_tokens: 8, reasoning_tokens: 1 },
  });
  expect(addUsage(cached, cached)).toMatchObject({ cached_input_tokens: 16, reasoning_tokens: 2 });
});

test('a detail that neither side tells is absent, not 0', () => {
  expect(addUsage(plain, NO_USAGE)).toEqual(plain);
});
