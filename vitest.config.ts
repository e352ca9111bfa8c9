/**
 * The tests: one Temporal dev server for the whole run, a process per file. Four at a time also on two processors, because
 * more than half of their time they wait; those that take longest begin first, so that none of them is left alone at the end.
 */
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

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

/** Half a minute and more, the longest first. */
const LONGEST = [
  'faults/kill9',
  'faults/lost-host',
  'mirror/trouble',
  'cli/crash',
  'cli/leaving',
  'workflows/cost',
  'workflows/continue-as-new',
];

/**
 * Only in full runs, and where they are named: each takes half a minute, and what it shows is shown in small by another file
 * of the same room.
 */
export const FULL_RUNS_ONLY = [
  'test/codec/canary.test.ts',
  'test/control/random-histories.test.ts',
  'test/faults/agent-kill.test.ts',
  'test/faults/background.test.ts',
  'test/faults/second-worker.test.ts',
  'test/faults/shipped-workspace.test.ts',
  'test/stories/control-kills.test.ts',
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number => {
      const at = LONGEST.findIndex((name) => moduleId.endsWith(`test/${name}.test.ts`));
      return at === -1 ? LONGEST.length : at;
    };
    return (await super.sort(files)).sort((a, b) => place(a) - place(b));
  }
}

/** Recording histories, the servers of other projects and the installed package are runs of their own. */
function chosen(): string[] {
  if (process.env.RECORD) return ['test/histories/record.ts'];
  if (process.env.PACKAGE) return ['test/package/tarball.test.ts', 'test/package/*.package.ts'];
  return process.env.SERVERS ? ['test/providers/*.server.ts'] : ['test/**/*.test.ts'];
}

export default defineConfig({
  test: {
    include: chosen(),
    exclude: ['node_modules/**', ...(process.env.SHORT_RUN ? FULL_RUNS_ONLY : [])],
    globalSetup: ['test/support/global-setup.ts'],
    pool: 'forks',
    maxWorkers: 4,
    sequence: { sequencer: LongestFirst },
    // A hang, not a measure: a busy machine may take ten times as long as a quiet one.
    testTimeout: 120_000,
    expect: { poll: { timeout: 30_000 } },
    hookTimeout: 120_000,
    teardownTimeout: 30_000,
  },
});
