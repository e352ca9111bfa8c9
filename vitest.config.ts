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
  'cli/approvals',
  'cli/list',
  'cli/crash',
  'cli/verbs',
  'cli/leaving',
  'workflows/continue-as-new',
  'faults/kill9',
  'stories/injection',
  'mirror/trouble',
  'faults/lost-host',
  'workflows/cost',
];

/**
 * Only in full runs, and where they are named: each takes twenty seconds and more, and another file of the same room, or
 * of the manager's room for a verb, shows the same in small.
 */
export const FULL_RUNS_ONLY = [
  'test/cli/approvals-terminal.test.ts',
  'test/cli/codec.test.ts',
  'test/cli/damaged-database.test.ts',
  'test/cli/export.test.ts',
  'test/cli/follow-screen.test.ts',
  'test/cli/follow.test.ts',
  'test/cli/many-hosts.test.ts',
  'test/cli/mcp.test.ts',
  'test/cli/model-check.test.ts',
  'test/cli/move.test.ts',
  'test/cli/notify.test.ts',
  'test/cli/own-tools.test.ts',
  'test/cli/pause.test.ts',
  'test/cli/policy.test.ts',
  'test/cli/providers.test.ts',
  'test/cli/raise.test.ts',
  'test/cli/recorded-screens.test.ts',
  'test/cli/result.test.ts',
  'test/cli/send.test.ts',
  'test/cli/terminal.test.ts',
  'test/cli/tls.test.ts',
  'test/cli/worker-log.test.ts',
  'test/cli/worker.test.ts',
  'test/cli/worktree.test.ts',
  'test/codec/canary.test.ts',
  'test/compat/external-cancel.test.ts',
  'test/compat/foreign-writes.test.ts',
  'test/compat/handover.test.ts',
  'test/compat/rebuild-ends.test.ts',
  'test/control/random-histories.test.ts',
  'test/docs/executed.test.ts',
  'test/docs/plugin-page.test.ts',
  'test/faults/agent-kill.test.ts',
  'test/faults/background.test.ts',
  'test/faults/controlled-histories.test.ts',
  'test/faults/delegated.test.ts',
  'test/faults/freeze.test.ts',
  'test/faults/interference.test.ts',
  'test/faults/notice-kill.test.ts',
  'test/faults/restart.test.ts',
  'test/faults/second-worker.test.ts',
  'test/faults/shared-workspace.test.ts',
  'test/faults/shipped-workspace.test.ts',
  'test/faults/stalls.test.ts',
  'test/faults/worktree-kill.test.ts',
  'test/manager/follow-live.test.ts',
  'test/manager/worktree-left.test.ts',
  'test/mcp/confined.test.ts',
  'test/mcp/hostile.test.ts',
  'test/net/bombs.test.ts',
  'test/sandbox/abuse.test.ts',
  'test/sandbox/placeholders.test.ts',
  'test/security/approval-display.test.ts',
  'test/security/chromium-page.test.ts',
  'test/security/mcp-sandbox.test.ts',
  'test/security/restarts.test.ts',
  'test/security/untrusted-project.test.ts',
  'test/stories/control-kills.test.ts',
  'test/stories/empty-replies.test.ts',
  'test/stories/policy-change.test.ts',
  'test/stories/provider-waits.test.ts',
  'test/stories/repeats.test.ts',
  'test/stories/strict-waits.test.ts',
  'test/stories/summaries.test.ts',
  'test/stories/two-hosts.test.ts',
  'test/tools/escapes.test.ts',
  'test/tracing/official-interceptors.test.ts',
  'test/web-ui/codec-server.test.ts',
  'test/web-ui/workflow-page.test.ts',
  'test/worker/reconcile-timer.test.ts',
  'test/worker/rolling.test.ts',
  'test/worker/versions.test.ts',
  'test/workflows/agent-runs.test.ts',
  'test/workflows/limits-ask.test.ts',
  'test/workflows/pause.test.ts',
  'test/workflows/worker-change.test.ts',
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
    testTimeout: 300_000,
    expect: { poll: { timeout: 30_000 } },
    hookTimeout: 300_000,
    teardownTimeout: 30_000,
  },
});
