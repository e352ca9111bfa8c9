/** Which identities are noted, so that the activities of a dead worker are failed, and only those. */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { noteWorkerIdentity } from '../../src/worker/activity-tokens.js';

let directory: string;
beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), 'rookery-identity-')), 'running');
});
afterEach(() => rmSync(join(directory, '..'), { recursive: true }));

const notes = () => (existsSync(directory) ? readdirSync(directory) : []);

test('two workers of one process have notes of their own', () => {
  const identity = `${process.pid}@${hostname()}`;
  const first = noteWorkerIdentity(directory, { identity, taskQueue: 'one' });
  const second = noteWorkerIdentity(directory, { identity, taskQueue: 'two' });
  expect(notes()).toHaveLength(2);
  first.done();
  expect(notes()).toHaveLength(1);
  second.done();
  expect(notes()).toEqual([]);
});

test('the identity of the worker of the command is noted', () => {
  noteWorkerIdentity(directory, { identity: `rookery:${process.pid}@${hostname()}.0a1b2c`, taskQueue: 'one' });
  expect(notes()).toHaveLength(1);
});

test.each(['billing', `worker:${process.pid}`, hostname()])(
  'an identity that living workers may have too is not noted: %s',
  (identity) => {
    noteWorkerIdentity(directory, { identity, taskQueue: 'one' }).done();
    noteWorkerIdentity(directory, { identity, taskQueue: 'one' });
    expect(notes()).toEqual([]);
  },
);
