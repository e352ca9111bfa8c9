/** The tests: one Temporal dev server for the whole run, a process per file, two at a time. */
import { defineConfig } from 'vitest/config';

// The reporter of vitest 5 groups failures with a function that Node has only since version 21.
Map.groupBy ??= (items, keyOf) => {
  const groups = new Map();
  let index = 0;
  for (const item of items) {
    const key = keyOf(item, index++);
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return groups;
};

export default defineConfig({
  test: {
    include: process.env.RECORD ? ['test/histories/record.ts'] : ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    pool: 'forks',
    maxWorkers: 2,
    // A hang, not a measure: a busy machine may take ten times as long as a quiet one.
    testTimeout: 120_000,
    expect: { poll: { timeout: 30_000 } },
    hookTimeout: 120_000,
    teardownTimeout: 30_000,
  },
});
