/** What the history of one run renders: messages, questions, limits and continued tasks, each once. No server. */
import { describe, expect, test } from 'vitest';
import type { ControlMessage } from '../../src/domain/control.js';
import type { TaskEvent } from '../../src/manager/event-bodies.js';
import { RunEvents } from '../../src/manager/events.js';
import type { HistoryEvent } from '../../src/manager/history.js';
import { payloadOf } from '../../src/server/json-payloads.js';
import { expectEvents } from '../cli/schemas.js';

const RUN = '0190e0c4-0000-7000-8000-000000000000';
const payloads = (...all: unknown[]) => ({ payloads: all.map(payloadOf) });

/** Events of a history, numbered, a second apart. */
function rendered(...attributes: Partial<HistoryEvent>[]): TaskEvent[] {
  const run = new RunEvents('one', RUN);
  const events = attributes.flatMap((given, n) =>
    run.render({ eventId: n + 1, eventTime: { seconds: 1_700_000_000 + n, nanos: 0 }, ...given } as never),
  );
  expectEvents(events);
  expect(new Set(events.map(({ cursor }) => cursor)).size).toBe(events.length);
  return events;
}

const started = (input: object, ...carried: unknown[]): Partial<HistoryEvent> => ({
  workflowExecutionStartedEventAttributes: {
    input: payloads({ prompt: 'Do it.', ...input }, ...carried),
    workflowType: { name: 'backgroundTask' },
    ...(carried.length > 0 ? { continuedExecutionRunId: 'before' } : {}),
  },
});
const scheduled = (name: string, ...input: object[]): Partial<HistoryEvent> => ({
  activityTaskScheduledEventAttributes: {
    activityId: '1',
    activityType: { name: `rookery.${name}` },
    input: payloads(...input),
  },
});
const completed = (scheduledEventId: number, result: object): Partial<HistoryEvent> => ({
  activityTaskCompletedEventAttributes: { scheduledEventId: scheduledEventId as never, result: payloads(result) },
});
const memo = (phase: string, reason: string): Partial<HistoryEvent> => ({
  workflowPropertiesModifiedEventAttributes: { upsertedMemo: { fields: { rookery: payloadOf({ phase, reason }) } } },
});

const usage = { input_tokens: 10, output_tokens: 5, total_tokens: 15 };
const call = (name: string, args: object) => ({ id: `id-${name}`, wire_id: 'w', name, args });
const accepted = (calls: object[], more: object = {}) => ({
  ...{ kind: 'accepted', state: 's', observations: [], judged: [], usage, provider: 'litellm', model: 'm' },
  message: { role: 'assistant', content: '', ...(calls.length > 0 ? { calls } : {}) },
  ...more,
});
/** Iterations from the n-th event on, each of two events. */
const iterations = (from: number, count: number, calls = [call('list_files', {})]): Partial<HistoryEvent>[] =>
  Array.from({ length: count }, (_, i) => [
    scheduled('iterate', { n: i + 1 }),
    completed(from + 2 * i, accepted(calls)),
  ]).flat();
const shortly = (event: TaskEvent): string =>
  event.type === 'message' ? `${event.message} ${event.state} ${event.iteration}` : event.type;
const ofType = (events: readonly TaskEvent[], type: TaskEvent['type']) => events.filter((event) => event.type === type);

describe('messages', () => {
  const message = (id: string): ControlMessage => ({ signal: 'message', message: { id, text: `text of ${id}` } });
  const withdrawn = (of: string): ControlMessage => ({ signal: 'withdraw', message: { id: `w-${of}`, message: of } });
  const verify = (...controls: ControlMessage[]) => scheduled('verifyControl', { controls, chain: 'chain' });
  const verdict = (at: number, ...valid: boolean[]) => completed(at, { kind: 'verified', valid });
  const turn = (id: string) => ({ role: 'user', content: `text of ${id}`, message: id });

  test('each is accepted once, and then delivered or withdrawn, or it is refused', () => {
    const events = rendered(
      started({}),
      verify(message('a'), message('b'), message('c'), message('a')),
      verdict(2, true, false, true, true),
      verify(withdrawn('c'), withdrawn('c'), withdrawn('nothing'), message('c')),
      verdict(4, true, true, true, true),
      scheduled('iterate', { n: 1 }, [turn('a')]),
      completed(6, accepted([call('list_files', {})])),
      scheduled('iterate', { n: 2, whole: 1 }, [turn('a')], [turn('a')]),
      completed(8, accepted([])),
    );
    expect(events.map(shortly)).toEqual([
      'submitted',
      ...['a accepted null', 'b refused null', 'c accepted null', 'c withdrawn null', 'a delivered 1'],
      ...['iteration', 'call', 'iteration'],
    ]);
    expect(events[5]).toMatchObject({ mode: 'steer', text: 'text of a' });
  });

  test('one that the run before has told of is not told again', () => {
    const record = { iterations: 3, usage, updated_at: 0 };
    const receipt = (id: string, state: string) => ({ id, mode: 'queue', text: id, state, iteration: null, at: 0 });
    const messages = [receipt('a', 'accepted'), receipt('b', 'delivered')];
    const control = { unverified: [], messages, seen: [], paused: null, limit: null, raised: {} };
    const events = rendered(
      started({}, { record, started_at: 0, control }),
      verify(message('a'), message('b')),
      verdict(2, true, true),
      scheduled('iterate', { n: 4 }, [turn('a'), turn('b')]),
      completed(4, accepted([])),
    );
    expect(events.map(shortly)).toEqual(['a delivered 4', 'iteration']);
    expect(events[0]).toMatchObject({ mode: 'queue' });
  });
});

describe('limits', () => {
  test('a warning at 80 %, and one at the bound, once for each value', () => {
    const raise: ControlMessage = { signal: 'raise', message: { id: 'r', limits: { max_iterations: 10 } } };
    const events = rendered(
      started({ limits: { max_iterations: 5 } }),
      ...iterations(2, 5),
      scheduled('verifyControl', { controls: [raise], chain: 'chain' }),
      completed(12, { kind: 'verified', valid: [true] }),
      ...[6, 7, 8].flatMap((n, i) => [
        scheduled('iterate', { n }),
        completed(14 + 2 * i, accepted([call('list_files', {})])),
      ]),
    );
    expect(ofType(events, 'limit')).toMatchObject([
      { state: 'warning', kind: 'iterations', used: 4, limit: 5 },
      { state: 'reached', kind: 'iterations', used: 5, limit: 5 },
      { state: 'warning', kind: 'iterations', used: 8, limit: 10 },
    ]);
  });

  test('tokens with those of rejected replies, and time by the clock of the server', () => {
    const spent = { ...usage, input_tokens: 60, total_tokens: 65 };
    const events = rendered(
      started({ limits: { max_total_tokens: 100, max_time_ms: 4_000 } }),
      ...iterations(2, 1),
      scheduled('iterate', { n: 2, record: { spent } }),
      completed(4, accepted([call('list_files', {})])),
    );
    expect(ofType(events, 'limit')).toMatchObject([
      { state: 'warning', kind: 'tokens', used: 80, limit: 100 },
      { state: 'reached', kind: 'time', used: 4_000, limit: 4_000 },
    ]);
  });

  test('time that passes in a wait, at its timer, and money of a reply that was rejected', () => {
    const rejected = { ...usage, cost: { usd: 0.9, source: 'config', unpriced: 0 } };
    const failure = { applicationFailureInfo: { details: payloads({ usage: rejected }) } };
    const events = rendered(
      started({ limits: { max_time_ms: 10_000, max_cost_usd: 1 } }),
      ...iterations(2, 1),
      scheduled('iterate', { n: 2 }),
      { activityTaskFailedEventAttributes: { scheduledEventId: 4 as never, failure } },
      ...[5, 6, 7].map(() => ({ timerStartedEventAttributes: {} })),
      { timerFiredEventAttributes: {} },
      { timerStartedEventAttributes: {} },
      { workflowExecutionSignaledEventAttributes: { signalName: 'message' } },
    );
    expect(ofType(events, 'limit')).toMatchObject([
      { state: 'warning', kind: 'cost', used: 0.9, limit: 1 },
      { state: 'warning', kind: 'time', used: 8_000, limit: 10_000 },
      { state: 'reached', kind: 'time', used: 10_000, limit: 10_000 },
    ]);
  });

  test('none for a task that has its answer, nor again after continue-as-new', () => {
    expect(ofType(rendered(started({ limits: { max_iterations: 1 } }), ...iterations(2, 1, [])), 'limit')).toEqual([]);
    const record = { iterations: 4, usage, updated_at: 0 };
    const events = rendered(
      started({ limits: { max_iterations: 5 } }, { record, started_at: 0 }),
      scheduled('iterate', { n: 5 }),
      completed(2, accepted([call('list_files', {})])),
    );
    expect(ofType(events, 'limit')).toMatchObject([{ state: 'reached', used: 5 }]);
  });
});

describe('calls', () => {
  test('carry the decision of the policy, and a question shows as one', () => {
    const calls = [
      call('list_files', {}),
      call('shell', { command: 'rm x' }),
      call('web_fetch', {}),
      call('ask_user', { question: 'Which one?', choices: ['this', 'that', 7] }),
    ];
    const judged = [
      { call: 'id-shell', verdict: 'ask', reason: 'it removes a file', placement: 'activity' },
      { call: 'id-web_fetch', verdict: 'refuse', reason: 'no network', placement: 'inline' },
      { call: 'id-ask_user', verdict: 'ask', reason: 'Which one?', placement: 'activity', question: true },
    ];
    const events = rendered(started({}), scheduled('iterate', { n: 1 }), completed(2, accepted(calls, { judged })));
    expect(ofType(events, 'call')).toMatchObject([
      { tool: 'list_files', verdict: 'run', reason: null },
      { tool: 'shell', verdict: 'ask', reason: 'it removes a file' },
      { tool: 'web_fetch', verdict: 'refuse', reason: 'no network' },
      { tool: 'ask_user', verdict: 'ask' },
    ]);
    expect(ofType(events, 'question')).toMatchObject([
      { iteration: 1, call: 'id-ask_user', question: 'Which one?', choices: ['this', 'that'] },
    ]);
  });
});

test.each(['waiting_limit', 'waiting_question', 'paused', 'stalled'])('a task in phase %s waits', (phase) => {
  const events = rendered(started({}), memo(phase, 'why'), memo('thinking', ''), memo('retrying', 'later'));
  expect(events.slice(1)).toMatchObject([{ type: 'waiting', phase, reason: 'why' }]);
});

test('a later run begins with retry, and a fork says where it comes from', () => {
  const messages = [{ role: 'user', content: 'Look again.' }];
  const continues = (kind: string, iteration = 3) => ({
    continues: { kind, from: { id: 'two', iteration }, messages, iterations: iteration, usage, elapsed_ms: 0 },
  });
  const [sent] = rendered(started(continues('send')));
  expect(sent).toMatchObject({ type: 'retry', by: 'send', iteration: 3, text: 'Look again.' });
  const [retried] = rendered(started(continues('retry')));
  expect(retried).toMatchObject({ type: 'retry', by: 'retry', iteration: 3 });
  expect(retried).not.toHaveProperty('text');
  expect(rendered(started(continues('fork')))).toMatchObject([
    { type: 'submitted' },
    { type: 'fork', from: { id: 'two', iteration: 3 } },
  ]);
  expect(rendered(started(continues('rerun', 0))).map(shortly)).toEqual(['submitted']);
  // The start of any client may have anything there.
  for (const forged of ['x', null, { ...continues('send').continues, messages: 7 }])
    expect(rendered(started({ continues: forged })).map(shortly)).toEqual(['submitted']);
});
