/** Each event is told once by each channel, whatever fails or dies in between. */
import { mkdtempSync, rmSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { noticeOf, type TaskNotice } from '../../src/domain/notice.js';
import type { Channel } from '../../src/notify/options.js';
import { Outbox } from '../../src/notify/outbox.js';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

let root: string;
let told: string[];
let said: string[];
/** Channels that fail now. */
let down: Set<string>;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'rookery-outbox-'));
  [told, said, down] = [[], [], new Set()];
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const channel = (name: string): Channel => ({
  name,
  async send({ id }) {
    if (down.has(name)) throw new Error('it is down');
    told.push(`${name} ${id}`);
  },
});

/** As a new worker of the host has it. */
function outbox(names = ['a', 'b']): Outbox {
  const announce = (line: string): void => void said.push(line);
  return new Outbox({ directory: join(root, 'notices'), channels: names.map(channel), announce });
}

function notice(id: string, at = Date.now()): TaskNotice {
  const source = { task: 't', prompt: 'p', at, redact: (text: string) => text };
  return noticeOf({ type: 'failed', id, error: 'e' }, source);
}

test('an event is told once by each channel, also by the next worker', async () => {
  const first = outbox();
  await Promise.all([first.tell(notice('run/end')), first.tell(notice('run/end'))]);
  await first.tell(notice('run/end'));
  await outbox().tell(notice('run/end'));
  expect(told.sort()).toEqual(['a run/end', 'b run/end']);
});

test('a channel that failed is tried again alone', async () => {
  down.add('b');
  await expect(outbox().tell(notice('e'))).rejects.toThrow('failed of task t could not be told: b: it is down');
  expect(said).toHaveLength(1);
  down.clear();
  await outbox().tell(notice('e'));
  expect(told).toEqual(['a e', 'b e']);
});

test('what no activity tries any more is told by the sweep, and not before', async () => {
  down.add('a').add('b');
  await outbox()
    .tell(notice('e'))
    .catch(() => undefined);
  down.clear();
  await outbox().sweep(Date.now() + MINUTE);
  expect(told).toEqual([]);
  await outbox().sweep(Date.now() + 3 * MINUTE);
  expect(told.sort()).toEqual(['a e', 'b e']);
  await outbox().sweep(Date.now() + 30 * MINUTE);
  expect(told).toHaveLength(2);
});

test('what cannot be told for a day is given up, by name; what was told is forgotten after a week', async () => {
  const notes = async (): Promise<number> => (await readdir(join(root, 'notices'))).length;
  await outbox().tell(notice('e'));
  down.add('b');
  await outbox()
    .tell(notice('f'))
    .catch(() => undefined);
  await outbox().sweep(Date.now() + DAY + MINUTE);
  expect(said.at(-1)).toBe('gave up telling failed of task t');
  expect(await notes()).toBe(1);
  await outbox().sweep(Date.now() + 8 * DAY);
  expect(await notes()).toBe(0);
});
