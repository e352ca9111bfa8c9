/** A failed iteration that says when to try again, how many attempts it made and which tokens it cost. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { IterationTrouble } from '../../src/domain/activity-calls.js';
import { FIXED } from '../../src/domain/limits.js';
import { MEMO_PHASE, type TaskInput } from '../../src/domain/protocol.js';
import { MEMO_PROGRESS } from '../../src/domain/task-memo.js';
import { type NextReply, nextReply } from '../../workflows/next-reply.js';
import { ActivityDouble, accepted, activityFailure, surroundings } from '../support/workflow-double.js';
import { WorkflowTwin } from '../support/workflow-twin.js';

const twin = vi.hoisted(() => ({
  current: undefined as unknown as WorkflowTwin,
  iterate: undefined as unknown as ActivityDouble,
  patched: true,
}));
vi.mock('@temporalio/workflow', async (original) => {
  const { isCancellation } = await original<typeof import('@temporalio/workflow')>();
  const { forwarding } = await import('../support/workflow-twin.js');
  const own = { isCancellation, patched: () => twin.patched };
  return { ...forwarding(() => twin.current), ...own };
});

beforeEach(() => {
  twin.current = new WorkflowTwin();
  twin.iterate = new ActivityDouble();
  twin.patched = true;
  twin.current.start();
});
afterEach(() => {
  vi.restoreAllMocks();
});

const HOUR = 3_600_000;
type Again = Extract<NextReply, { kind: 'again' }>;

function asker(answers: ActivityDouble['answers'], input: Partial<TaskInput> = {}) {
  twin.iterate.answers = answers;
  return surroundings(input, { iterate: twin.iterate });
}

function failing(type: string, details: IterationTrouble): Error {
  return activityFailure(type, 'busy', [details]);
}

const later = (): number => twin.current.now + 2 * HOUR;

test('the workflow waits for the time, asks then, and a reply ends the wait', async () => {
  const from = asker([failing('rate_limit', { attempts: 1, retry_at: later() }), accepted()]);
  const again = (await nextReply(from)) as Again;
  expect(from).toMatchObject({ waiting: { phase: 'retrying', until: later() }, run: { errors: 1 } });
  const reply = nextReply(from, again);
  expect(twin.current.nextTimer).toBe(later());
  await twin.current.pass(2 * HOUR);
  expect(await reply).toMatchObject({ kind: 'accepted' });
  expect(from.waiting).toBeNull();
  expect(twin.current.memos.at(-1)).toEqual({
    [MEMO_PHASE]: { phase: 'thinking', reason: null },
    [MEMO_PROGRESS]: null,
  });
});

test('an error without a time after it is tried again at once, and nothing is shown as waiting', async () => {
  const from = asker([
    failing('rate_limit', { attempts: 1, retry_at: later() }),
    failing('unavailable', { attempts: 5 }),
    accepted(),
  ]);
  const first = nextReply(from, (await nextReply(from)) as Again);
  await twin.current.pass(2 * HOUR);
  // Two hours without a reply are too long.
  expect(await first).toMatchObject({ kind: 'again' });
  expect(from).toMatchObject({ waiting: { phase: 'waiting_person' }, run: { errors: 6 } });

  twin.iterate = new ActivityDouble();
  const soon = twin.current.now + 90_000;
  const brief = asker([
    failing('rate_limit', { attempts: 1, retry_at: soon }),
    failing('unavailable', { attempts: 5 }),
    accepted(),
  ]);
  const second = nextReply(brief, (await nextReply(brief)) as Again);
  await twin.current.pass(90_000);
  const again = (await second) as Again;
  expect(brief).toMatchObject({ waiting: null, run: { errors: 6, reason: 'busy' } });
  expect(twin.current.memos.at(-1)).toEqual({
    [MEMO_PHASE]: { phase: 'thinking', reason: null },
    [MEMO_PROGRESS]: null,
  });
  expect(await nextReply(brief, again)).toMatchObject({ kind: 'accepted' });
});

test('credit that is back at a date: a person is needed, and the task tries at that date, at least once a day', async () => {
  const from = asker([failing('billing', { attempts: 1, retry_at: later() })]);
  await nextReply(from);
  expect(from.waiting).toMatchObject({ phase: 'waiting_person', reason: 'busy', until: later() });
  void nextReply(from);
  expect(twin.current.nextTimer).toBe(later());
  const late = asker([failing('billing', { attempts: 1, retry_at: twin.current.now + 90 * 24 * HOUR })]);
  await nextReply(late);
  expect(late.waiting?.until).toBe(twin.current.now + FIXED.longestWaitMs);
});

test('the tokens of rejected replies count, and may reach the limit', async () => {
  const usage = { input_tokens: 60, output_tokens: 40, total_tokens: 100 };
  const from = asker([failing('bad_reply', { attempts: 5, usage })], { limits: { max_total_tokens: 150 } });
  const first = (await nextReply(from)) as Again;
  const second = (await nextReply(from, first)) as Again;
  expect(from.run.record.usage).toEqual({ input_tokens: 120, output_tokens: 80, total_tokens: 200 });
  expect(await nextReply(from, second)).toMatchObject({ kind: 'failed', error: 'Token limit of 150 reached' });
  expect(twin.iterate.scheduled).toHaveLength(2);
});

test('a run that was recorded before this rule has no timer', async () => {
  twin.patched = false;
  const from = asker([failing('rate_limit', { attempts: 1, retry_at: later() }), accepted()]);
  const again = (await nextReply(from)) as Again;
  expect(from.waiting).toBeNull();
  expect(await nextReply(from, again)).toMatchObject({ kind: 'accepted' });
});
