/** `export` writes a copy of any task and touches none; `handover` ends it here, and only after a yes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TaskCopy } from '../../src/manager/export.js';
import { inOrder } from '../support/book.js';
import { type Bench, MAIN, openClusterBench } from './support.js';

let bench: Bench;
beforeAll(async () => {
  bench = await openClusterBench();
});
afterAll(() => bench.close());

/** Ends the process when the file is written, and has a temporary name only. */
const KILLED_BEFORE_THE_NAME = `data:text/javascript,${encodeURIComponent(
  `import fs from 'node:fs'; import { syncBuiltinESMExports } from 'node:module';
  const link = fs.linkSync;
  fs.linkSync = (from, to) => from.includes('/theirs-') ? process.kill(process.pid, 'SIGKILL') : link(from, to);
  syncBuiltinESMExports();`,
)}`;

const WORDS = `${'a long answer '.repeat(200)}ends here`;

test('a finished task as JSON, as Markdown, and both into a directory, with every message uncut', async () => {
  const look = { calls: [{ id: 'a', name: 'list_files', args: {} }], content: 'First a look.' };
  const flags = bench.model(inOrder(look, { content: WORDS }));
  const id = await bench.submit(flags, 'Say something long.');
  expect(await bench.run(['wait', id])).toMatchObject({ code: 0 });
  const before = readFileSync(bench.paths.task(id), 'utf8');
  const at = (name: string): string => join(bench.root, name);
  expect(await bench.run(['export', id, '--to', at('copy.json')])).toMatchObject({ stdout: `${at('copy.json')}\n` });
  const copy = JSON.parse(readFileSync(at('copy.json'), 'utf8')) as TaskCopy;
  expect(copy.task).toEqual(JSON.parse(before));
  expect(copy.conversation?.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'tool', 'assistant']);
  const made = await bench.json<object>(['export', id, '--to', `${at('all')}/`]);
  expect(made).toEqual({ id, path: at('all'), files: [at(`all/${id}.json`), at(`all/${id}.md`)] });
  const transcript = readFileSync(at(`all/${id}.md`), 'utf8');
  expect(transcript).toMatch(/^# Say something long\.\n\n\*\*completed\*\* · task /);
  for (const part of ['### iteration 1', 'First a look.', 'call `list_files`', '### iteration 2', WORDS])
    expect(transcript).toContain(part);
  // A second copy replaces nothing.
  const again = await bench.run(['export', id, '--to', at('copy.json')]);
  expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('copy.json exists.')]);
  expect(await bench.run(['export', id, '--to', at('copy.pdf')])).toMatchObject({ code: 2 });
  expect(readFileSync(bench.paths.task(id), 'utf8')).toBe(before);
});

test.each([
  ['export', (id: string, to: string) => ['export', id, '--to', join(to, 'copy.md')]],
  ['result -o', (id: string, to: string) => ['result', id, '-o', join(to, 'answer.txt')]],
])('%s leaves nothing in a directory of the person once the next command runs after a kill -9', async (name, args) => {
  const id = await bench.submit(bench.model(inOrder({ content: 'Done.' })));
  expect(await bench.run(['wait', id])).toMatchObject({ code: 0 });
  const theirs = join(bench.root, `theirs-${name.replaceAll(/\W/g, '')}`);
  mkdirSync(theirs);
  const killed = await bench.run(args(id, theirs), { env: { NODE_OPTIONS: `--import ${KILLED_BEFORE_THE_NAME}` } });
  expect(killed.code).toBe(null);
  expect(readdirSync(theirs)).toEqual([expect.stringMatching(/^\..*\.tmp$/)]);
  expect(await bench.run(args(id, theirs))).toMatchObject({ code: 0 });
  expect(readdirSync(theirs)).toEqual([args(id, '.').at(-1)]);
});

test.skipIf(!existsSync('/dev/full'))(
  'run > /dev/full ends with 6 and names the command that prints the answer again',
  async () => {
    const device = openSync('/dev/full', 'w');
    const args = ['run', ...bench.model(inOrder({ content: 'The answer.' })), 'Answer.'];
    const child = spawn(process.execPath, [MAIN, ...args], {
      ...{ cwd: bench.workspace, env: bench.env },
      stdio: ['ignore', device, 'pipe'],
    });
    closeSync(device);
    const [stderr, [code]] = await Promise.all([text(child.stderr as Readable), once(child, 'exit')]);
    expect({ code, stderr }).toMatchObject({ code: 6 });
    const command = /Nothing is lost: `rookery (result \S+)` prints it again\.\n/.exec(stderr)?.[1] ?? '';
    expect(stderr).not.toMatch(/^ {4}at /m);
    expect(await bench.run(command.split(' '))).toMatchObject({ code: 0, stdout: 'The answer.\n' });
  },
);

test('a running task continues; handed over it is only after a yes', async () => {
  const id = await bench.submit(bench.model(() => ({ hang: true })));
  expect(await bench.run(['export', id, '--to', join(bench.root, 'running.md')])).toMatchObject({ code: 0 });
  expect(bench.file(id).status).toBe('Running');
  const there = join(bench.root, 'theirs');
  const asked = await bench.run(['handover', id, '--to', there]);
  expect([asked.code, asked.stderr]).toEqual([2, expect.stringMatching(/needs a confirmation: .*Add --yes\.\n$/)]);
  expect([existsSync(there), bench.file(id).status]).toEqual([false, 'Running']);
  const { path } = await bench.json<{ path: string }>(['handover', id, '--to', there, '--yes']);
  expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ status: 'Running' });
  expect(bench.file(id).status).toBe('Cancelled');
});
