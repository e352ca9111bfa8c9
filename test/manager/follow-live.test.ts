/** What follow says live: the text while it is generated, and what the task does now. The history stays authoritative. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { FollowEvent, FollowOptions } from '../../src/manager/follow.js';
import type { TextEvent } from '../../src/manager/live-text.js';
import { growthOf } from '../../src/manager/live-text.js';
import type { BackgroundTaskManager } from '../../src/manager/manager.js';
import type { Now } from '../../src/manager/now.js';
import { expectEvents } from '../cli/schemas.js';
import { inOrder } from '../support/book.js';
import { heldReply } from '../support/held.js';
import { managerOf } from '../support/manager.js';
import { type Rig, startRig } from '../support/rig.js';
import { until } from '../support/until.js';
import { spawnWorker } from '../support/worker-process.js';

let rig: Rig;
let manager: BackgroundTaskManager;
beforeAll(async () => {
  rig = await startRig();
  manager = await managerOf(rig);
});
afterAll(() => rig.stop());

interface Following {
  readonly events: FollowEvent[];
  readonly moments: Now[];
  /** The text so far, as a reader puts it together. */
  text(): string;
  readonly ended: Promise<unknown>;
}

function following(id: string, by = manager, more: Partial<FollowOptions> = {}): Following {
  const events: FollowEvent[] = [];
  const moments: Now[] = [];
  let text = '';
  const onEvent = (event: FollowEvent): void => {
    events.push(event);
    if (event.type === 'text') text = event.added === null ? event.text : text + event.added;
  };
  const ended = by.follow(id, { onEvent, onNow: (now) => moments.push(now), ...more });
  // The test that awaits it gets the error.
  ended.catch(() => undefined);
  return { events, moments, text: () => text, ended };
}

const withoutText = (events: readonly FollowEvent[]) => events.filter(({ type }) => type !== 'text');

test('text grows as it is generated, a long one too, and none comes after its reply', async () => {
  const lines = (from: number): string => Array.from({ length: 180 }, (_, n) => `x${from + n} = 1;\n`).join('');
  const pieces = ['Zuerst schaue ich mich um. ', '日本語の文章です。'.repeat(60), lines(1_000), lines(2_000), 'Ende.'];
  const held = heldReply(pieces);
  const task = await rig.start(inOrder(held.reply));
  const { events, text, ended } = following(task.id);
  for (let n = 1; n <= pieces.length; n++) {
    const whole = pieces.slice(0, n).join('');
    held.release(n);
    await until(() => text().trim() === whole.trim(), { what: `the text has piece ${n}` });
  }
  held.finish();
  await ended;
  expectEvents(events);
  const texts = events.filter((event): event is TextEvent => event.type === 'text');
  expect(texts.every(({ iteration, added }) => iteration === 1 && added !== null)).toBe(true);
  for (const event of texts) expect(Buffer.byteLength(event.text)).toBeLessThanOrEqual(4096);
  const reply = events.findIndex(({ type }) => type === 'iteration');
  expect(events.findLastIndex(({ type }) => type === 'text')).toBeLessThan(reply);
  expect(events[reply]).toMatchObject({ content: pieces.join('') });
});

test('now: the model thinks, then its tool runs, then the model thinks again', async () => {
  const go = join(rig.workspace, 'go');
  const command = `until [ -e ${go} ]; do sleep 0.05; done; echo ran`;
  const held = heldReply(['Done.']);
  const asked = heldReply([], { calls: [{ id: 'a', name: 'shell', args: { command } }] });
  const task = await rig.start(inOrder(asked.reply, held.reply), { allow: ['shell'] });
  const { moments, ended } = following(task.id);
  const comes = (what: string, found: (now: Now) => boolean): Promise<unknown> =>
    until(() => moments.some(found) && found(moments.at(-1) as Now), { what });
  await comes('the model thinks', ({ kind }) => kind === 'thinking');
  asked.finish();
  await comes('the tool runs', (now) => now.kind === 'tool' && now.calls[0]?.name === 'shell');
  const tool = moments.at(-1) as Extract<Now, { kind: 'tool' }>;
  expect(tool.calls).toMatchObject([{ name: 'shell', args: { command } }]);
  writeFileSync(go, '');
  await until(() => task.requests().length === 2, { what: 'the model is asked again' });
  await comes('the model thinks again', ({ kind, since }) => kind === 'thinking' && since > tool.since);
  held.finish();
  await ended;
});

test('when the worker is killed in the middle of a reply its text begins again, and every event comes once', async () => {
  const own = await startRig({ worker: false });
  try {
    const by = await managerOf(own);
    const place = {
      address: own.address,
      namespace: own.namespace,
      workdir: own.paths.workdir,
      workspace: own.workspace,
    };
    const first = await spawnWorker(place);
    const held = heldReply(['It begins.', ' It ends.']);
    const look = { calls: [{ id: 'a', name: 'list_files', args: {} }] };
    const task = await own.start(inOrder(look, held.reply));
    const { events, moments, text, ended } = following(task.id, by);
    held.release(1);
    await until(() => text() === 'It begins.', { what: 'the first piece' });
    await first.kill();
    const second = await spawnWorker(place);
    await until(() => task.requests().length >= 3, { what: 'the model is asked again' });
    await until(() => moments.some(({ kind }) => kind === 'retrying' || kind === 'queued' || kind === 'thinking'), {
      what: 'it is told',
    });
    held.finish();
    await ended;
    await second.kill();
    const late = following(task.id, by);
    await late.ended;
    expectEvents(events);
    expect(withoutText(events)).toStrictEqual(late.events);
    expect(late.events.map(({ type }) => type)).toEqual([
      'submitted',
      'iteration',
      'call',
      'result',
      'iteration',
      'end',
    ]);
  } finally {
    await own.stop();
  }
});

test('a workflow whose code fails on its worker is followed all the same, and now says so', async () => {
  const own = await startRig({ worker: false });
  try {
    const by = await managerOf(own);
    const broken = join(own.workspace, 'broken.js');
    const code = readFileSync(inject('bundle'), 'utf8');
    const begin = /async function agentLoop\(asker\) \{/;
    expect(code).toMatch(begin);
    writeFileSync(broken, code.replace(begin, "$& if (asker) throw new Error('broken workflow code');"));
    const first = await own.startWorker({ bundle: broken });
    const task = await own.start(inOrder({ content: 'Done.' }));
    const { events, moments, ended } = following(task.id, by);
    await until(() => moments.some(({ kind }) => kind === 'failing'), { what: 'the failure shows' });
    await first.stop();
    await own.startWorker();
    await ended;
    expect(withoutText(events).map(({ type }) => type)).toEqual(['submitted', 'iteration', 'end']);
  } finally {
    await own.stop();
  }
});

test.each([
  ['', 'Hello', { text: 'Hello', added: 'Hello' }],
  ['Hello', 'Hello', undefined],
  ['Hello', 'Hello you', { text: 'Hello you', added: ' you' }],
  ['Hello you', 'He', { text: 'He', added: null }],
  ['one two three four five six', '…two three four five six seven', { added: ' seven' }],
  ['…two three four five six seven', '…three four five six seven eight', { added: ' eight' }],
  ['one two three', '…quite another text that has nothing of it', { added: null }],
  ['-'.repeat(50), `…${'-'.repeat(40)}!`, { added: '!' }],
])('after %j the end %j adds what is new', (before, text, growth) => {
  if (growth === undefined) expect(growthOf(before, text)).toBeUndefined();
  else expect(growthOf(before, text)).toMatchObject(growth);
});
