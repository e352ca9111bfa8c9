/** `rookery audit`, in this process: its lines, its JSON and its exit codes. */
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { auditFilesOf } from '../../src/audit/files.js';
import { type Audit, openAudit } from '../../src/audit/log.js';
import { spec } from '../../src/cli/verbs/audit.js';
import { pathsOf } from '../../src/mirror/paths.js';
import { fill, linesIn, makePlace, type Place, writeLines } from './support.js';

let place: Place;
let workdir: string;
let audit: Audit;
beforeEach(async () => {
  place = await makePlace();
  workdir = join(place.root, 'data');
  vi.stubEnv('XDG_CONFIG_HOME', join(place.root, 'config'));
  audit = openAudit({
    ...auditFilesOf(pathsOf(workdir), join(place.root, 'config', 'rookery')),
    announce: () => undefined,
  });
});
afterEach(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  await place.discard();
});

test('verify of an empty log is ok', async () => {
  expect(await run('verify')).toEqual({ code: 0, stdout: 'ok: the log is empty\n' });
  expect(await run('verify', '--json')).toEqual({ code: 0, stdout: '{"ok":true,"entries":0,"problems":[]}\n' });
});

test('verify of a whole log is one line', async () => {
  await fill(audit, 1234);
  const { code, stdout } = await run('verify');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^ok: 1,234 entries, the last of \d{4}-\d\d-\d\dT\S+\+00:00\n$/);
});

test('verify names each wrong line, and ends with 1', async () => {
  await fill(audit, 10);
  writeLines(place.file, linesIn(place.file).with(4, '{}\n').slice(0, 8));
  const { code, stdout } = await run('verify');
  expect(code).toBe(1);
  expect(
    stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => line.split(':')[0]),
  ).toEqual(['line 5', 'line 6', 'line 9']);
  expect(JSON.parse((await run('verify', '--json')).stdout)).toMatchObject({
    ok: false,
    entries: 8,
    problems: [{ line: 5, index: 4, problem: 'this is not an entry as it was written' }, {}, { line: 9, index: 8 }],
  });
});

test('verify finds the copy of the head in the config directory', async () => {
  await fill(audit, 3);
  cpSync(workdir, join(place.root, 'before'), { recursive: true });
  await fill(audit, 3);
  cpSync(join(place.root, 'before'), workdir, { recursive: true });
  expect(await run('verify')).toEqual({ code: 1, stdout: 'line 4: the head says 6 entries, the file has 3\n' });
});

test('verify ends with 6 where key or file cannot be read', async () => {
  await fill(audit, 3);
  cpSync(place.file, join(place.root, 'log'));
  await rm(place.file);
  mkdirSync(place.file);
  expect(await run('verify')).toMatchObject({ code: 6, stdout: expect.stringContaining('it is a directory') });
  await rm(place.file, { recursive: true });
  cpSync(join(place.root, 'log'), place.file);
  await rm(place.keyFile);
  expect(await run('verify')).toMatchObject({ code: 6, stdout: expect.stringContaining('is missing') });
});

test('list shows each entry on a line of its own, and no control character reaches a terminal', async () => {
  const description = 'rm \u001b]52;c;aGk=\u0007\u202e\r first\nok: 3 entries';
  await audit.note({ event: 'tool_call', component: 'tool', description, task: 'abcdefgh-1' });
  await audit.note({ event: { custom: 'x\ny' }, component: 'config', description: 'set' });
  const { code, stdout } = await run('list');
  expect(code).toBe(0);
  expect(stdout.split('\n')).toEqual([
    expect.stringMatching(
      /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}tool_call {11}abcdefgh {2}rm \\u\{1b\}\]52;c;aGk=\\u\{7\}\\u\{202e\}\\u\{d\} first\\nok: 3 entries$/,
    ),
    expect.stringMatching(/ {2}x {19}- {9}set$/),
    '',
  ]);
});

test('list of one task takes the start of its id, also when it fits no other, and prints JSON lines', async () => {
  for (const task of ['abcdefgh-1', 'abcdefgh-2', 'zzzz'])
    await audit.note({ event: 'agent_start', component: 'agent', description: `of ${task}`, task });
  const { stdout } = await run('list', 'zzzz', '--json');
  expect(
    stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line)),
  ).toMatchObject([{ index: 2, session_id: 'zzzz' }]);
  expect((await run('list', 'abcdefgh-1')).stdout).toMatch(/^[^\n]*of abcdefgh-1\n$/);
  await expect(run('list', 'abcd')).rejects.toMatchObject({ code: 'ambiguous' });
  await expect(run('list', 'nobody')).rejects.toMatchObject({ code: 'not_found' });
});

test('a line that is not an entry is skipped in the list', async () => {
  await fill(audit, 3);
  writeFileSync(place.file, 'x\n', { flag: 'a' });
  expect((await run('list')).stdout.split('\n')).toHaveLength(4);
});

test('another action is refused', async () => {
  await expect(run('repair')).rejects.toMatchObject({ code: 'usage' });
  await expect(run('verify', 'abcd')).rejects.toMatchObject({ code: 'usage' });
});

// ---

async function run(...words: readonly string[]): Promise<{ code: number; stdout: string }> {
  let stdout = '';
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    stdout += text;
    return true;
  });
  const flags = { json: words.includes('--json'), quiet: true, workdir, literal: false };
  try {
    return {
      code: await spec.run(
        words.filter((word) => word !== '--json'),
        flags,
      ),
      stdout,
    };
  } finally {
    write.mockRestore();
  }
}
