/** When a worker that runs has not got what a command wants, and what it is started with then. */
import { expect, test } from 'vitest';
import {
  type Extras,
  flagsOf,
  lacksExtras,
  mergeExtras,
  NO_EXTRAS,
  readExtras,
  variablesFor,
} from '../../src/cli/worker-tools.js';
import type { ConfiguredMcp } from '../../src/config/mcp-settings.js';

const server = (name: string, changes: Partial<ConfiguredMcp> = {}) =>
  ({ name, command: 'node', args: [], origin: 'flag', ...changes }) as ConfiguredMcp;
const extras = (mcp: readonly ConfiguredMcp[], tools: readonly string[] = []): Extras => ({ mcp, tools });

test('less, or the same from elsewhere, is no reason to start again', () => {
  const has = extras([server('a'), server('b')], ['/t.ts']);
  expect(lacksExtras(has, NO_EXTRAS)).toBe(false);
  expect(lacksExtras(has, extras([server('b', { origin: 'user file' })], ['/t.ts']))).toBe(false);
});

test('another server, another definition of one, and another module are', () => {
  const has = extras([server('a')], ['/t.ts']);
  expect(lacksExtras(has, extras([server('b')]))).toBe(true);
  expect(lacksExtras(has, extras([server('a', { args: ['x'] })]))).toBe(true);
  expect(lacksExtras(has, extras([], ['/other.ts']))).toBe(true);
  expect(lacksExtras(readExtras(undefined), extras([server('a')]))).toBe(true);
});

test('the worker starts with what it had and what is wanted; it reads the own file of the person itself', () => {
  const has = extras([server('a'), server('mine', { origin: 'user file' })], ['/t.ts']);
  const wanted = extras([server('a', { args: ['new'] }), server('b', { env: ['TOKEN'] })], ['/t.ts', '/u.ts']);
  const all = mergeExtras(has, wanted);
  expect(flagsOf(all)).toEqual([
    '--mcp',
    '{"name":"a","command":"node","args":["new"]}',
    '--mcp',
    '{"name":"b","command":"node","args":[],"env":["TOKEN"]}',
    '--tools',
    '/t.ts',
    '--tools',
    '/u.ts',
  ]);
  expect(variablesFor(all)).toEqual(['TOKEN']);
});
