/** The status truth table: each state, made for real, with its phase, its reason, the next command, and the word of a list. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { groupOf, stateWordOf } from '../../src/cli/list-state.js';
import { expectStatus } from '../cli/schemas.js';
import { LONG } from '../support/random.js';
import { openStates, type States } from '../support/states.js';
import { until } from '../support/until.js';

let states: States;
beforeAll(async () => {
  states = await openStates();
});
afterAll(() => states.stop());

interface Row {
  readonly status: string;
  readonly phase: string;
  /** Null: there is none. */
  readonly reason: RegExp | null;
  readonly next: string;
  /** Of the list: the group, and the word for a state of its own. Null: its directory cannot be listed. */
  readonly word: string | null;
}

const STAMP = String.raw`20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ`;
const UP = 'rookery up -d';

const TABLE: Readonly<Record<string, Row>> = {
  unpolled: {
    ...{ status: 'Pending', phase: 'queued', next: UP, word: 'queued' },
    reason: new RegExp(`^no worker polls queue rookery; it waits since ${STAMP}$`),
  },
  neverStarted: {
    ...{ status: 'Pending', phase: 'queued', next: 'rookery resume ID', word: 'queued' },
    reason: /^it has no workflow; `rookery resume` starts it$/,
  },
  thinking: { status: 'Running', phase: 'thinking', reason: null, next: 'rookery follow ID', word: 'working' },
  // Until its heartbeat times out: stalled, because its worker has sent no heartbeat.
  killedWorker: {
    ...{ status: 'Running', phase: 'queued', next: UP, word: 'queued' },
    reason: new RegExp(`^no worker polls queue rookery since ${STAMP}$`),
  },
  unreachable: {
    ...{ status: 'Running', phase: 'retrying', next: 'rookery follow ID', word: 'working retrying' },
    reason: /^attempt \d+, .*last error: .*127\.0\.0\.1:9/,
  },
  rateLimited: {
    ...{ status: 'Running', phase: 'retrying', next: 'rookery follow ID', word: 'working retrying' },
    reason: new RegExp(`429.*; next try at ${STAMP}$`),
  },
  still: {
    ...{ status: 'Running', phase: 'stalled', next: 'rookery follow ID', word: 'needs-you stalled' },
    reason: new RegExp(`^nothing has changed since ${STAMP}: .*429`),
  },
  approval: {
    ...{ status: 'Running', phase: 'waiting_approval', next: 'rookery approve ID', word: 'needs-you waiting' },
    reason: /^waiting for approval of call /,
  },
  question: {
    ...{ status: 'Running', phase: 'waiting_question', next: 'rookery answer ID TEXT', word: 'needs-you waiting' },
    reason: /Which database\?$/,
  },
  limit: {
    ...{ status: 'Running', phase: 'waiting_limit', word: 'needs-you waiting' },
    next: 'rookery raise ID --max-iterations 2',
    reason: /^Iteration limit of 1 reached; /,
  },
  refusedKey: {
    ...{ status: 'Running', phase: 'waiting_person', next: 'rookery resume ID', word: 'needs-you waiting' },
    reason: /^litellm at http:\/\/127\.0\.0\.1:\d+\S* refused /,
  },
  paused: {
    ...{ status: 'Running', phase: 'paused', reason: /^paused: lunch$/ },
    ...{ next: 'rookery unpause ID', word: 'queued paused' },
  },
  pausedByTemporal: {
    ...{ status: 'Running', phase: 'paused', reason: /^Temporal itself has paused the workflow; / },
    ...{ next: 'temporal workflow unpause --workflow-id ID', word: 'queued paused' },
  },
  brokenBuild: {
    ...{ status: 'Pending', phase: 'stalled', next: 'rookery logs', word: 'needs-you stalled' },
    reason: /^workflow task fails: a broken build \(attempt \d+\)$/,
  },
  mirrorBehind: { status: 'Running', phase: 'thinking', reason: null, next: 'rookery follow ID', word: null },
  terminated: {
    ...{ status: 'Failed', phase: 'done', next: 'rookery retry ID', word: 'failed' },
    reason: /^terminated from outside by .+@.+: too slow$/,
  },
  cancelled: {
    ...{ status: 'Cancelled', phase: 'done', next: 'rookery retry ID', word: 'done cancelled' },
    reason: /^cancelled by .+@.+$/,
  },
  timedOut: {
    ...{ status: 'Failed', phase: 'done', next: 'rookery retry ID', word: 'failed' },
    reason: /^timed out in Temporal$/,
  },
  deleted: {
    ...{ status: 'Running', phase: 'queued', next: 'rookery resume ID', word: 'queued' },
    reason:
      /^its workflow is not in Temporal any more: it was deleted, or this is another server; `rookery resume` starts it$/,
  },
  reset: {
    ...{ status: 'Running', phase: 'waiting_person', next: 'rookery resume ID', word: 'needs-you waiting' },
    reason: /^restarted from outside/,
  },
  completed: { status: 'Completed', phase: 'done', reason: null, next: 'rookery result ID', word: 'done' },
  failed: {
    ...{ status: 'Failed', phase: 'done', reason: null, word: 'failed' },
    next: 'rookery retry ID --max-iterations 2',
  },
  withoutServer: {
    ...{ status: 'Running', phase: 'queued', next: UP, word: 'queued' },
    reason: /^no server is running; these values come from the task files$/,
  },
};

/** Its heartbeat must time out, which takes a minute and more. */
const SLOW: readonly string[] = LONG ? [] : ['killedWorker'];

test.concurrent.for(Object.entries(TABLE).filter(([name]) => !SLOW.includes(name)))(
  '%s',
  async ([name, row], { expect: local }) => {
    const make = states.made[name];
    if (!make) throw new Error(`there is no state ${name}`);
    const { manager, id } = await make();
    const current = async () => {
      const status = await manager.status(id);
      expectStatus(status);
      const { phase, reason, next } = status.detail;
      return { status: status.status, phase, reason, next: next?.replace(id, 'ID') };
    };
    const expected = { status: row.status, phase: row.phase, next: row.next };
    // What was seen last: a state such as that between two attempts may have passed at the next look.
    let seen = await current();
    const isThere = async (): Promise<boolean> => {
      seen = await current();
      const { phase, reason } = seen;
      return phase === row.phase && (row.reason === null ? reason === null : row.reason.test(reason ?? ''));
    };
    await until(isThere, { what: name }).catch(() => undefined);
    const { reason, ...others } = seen;
    local(others).toEqual(expected);
    if (row.reason === null) local(reason).toBeNull();
    else local(reason).toMatch(row.reason);
    if (row.word === null) return;
    const wordsOf = async () => {
      const listed = (await manager.overview()).tasks.find((task) => task.id === id);
      return listed && [groupOf(listed), stateWordOf(listed)].filter((word) => word !== undefined).join(' ');
    };
    let words = await wordsOf();
    const isListed = async (): Promise<boolean> => {
      words = await wordsOf();
      return words === row.word;
    };
    await until(isListed, { what: `${name} in the list` }).catch(() => undefined);
    local(words).toBe(row.word);
  },
);

test('a mirror that is behind says since when, and a wait since when it began', async () => {
  const behind = await states.made.mirrorBehind?.();
  await until(async () => (await behind?.manager.status(behind.id))?.detail.mirror.behind_since, {
    what: 'it is behind',
  });
  const paused = await states.made.paused?.();
  const waiting = async () => (await paused?.manager.status(paused.id))?.detail.waiting;
  await until(async () => (await waiting())?.[0]?.since, { what: 'the pause says since when' });
  expect(await waiting()).toMatchObject([{ kind: 'pause', text: 'paused: lunch', until: null }]);
  const resumed = await paused?.manager.resumeIncomplete({ dryRun: true });
  expect(resumed?.find(({ id }) => id === paused?.id)).toMatchObject({ ok: true, code: 'paused' });
});
