/**
 * With the encryption codec nothing that a task says is in the server's database in plain text: not its prompt, nor what
 * tools read and wrote, approvals, live text, and the messages of failures.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { StatusObject } from '../../src/manager/status-object.js';
import { serverFiles } from '../../src/server/files.js';
import { type Bench, linesOf, openBench } from '../cli/support.js';
import { inOrder } from '../support/book.js';
import type { Script } from '../support/llm-server.js';
import { until } from '../support/until.js';

const CANARY = 'kestrel-canary-7731';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
  const config = join(bench.env.XDG_CONFIG_HOME ?? '', 'rookery');
  await mkdir(config, { recursive: true });
  // The path counts from the directory of the file. With a sandbox there would be nothing to ask.
  writeFileSync(join(config, 'config.toml'), '[temporal]\ncodec = "aes:codec.keys"\n[security]\nsandbox = "off"\n');
  const made = await bench.json<{ id: string; keys: number }>(['codec-key', keyFile()]);
  expect(made).toMatchObject({ keys: 1 });
  writeFileSync(join(bench.workspace, 'secret.txt'), `${CANARY} in a file\n`);
  expect(await bench.run(['up', '-d'])).toMatchObject({ code: 0 });
});
afterAll(() => bench.close());

const keyFile = (): string => join(bench.env.XDG_CONFIG_HOME ?? '', 'rookery', 'codec.keys');
const call = (name: string, args: object): Script => ({ content: CANARY, calls: [{ id: 'a', name, args }] });
const status = (id: string): Promise<StatusObject> => bench.json(['status', id]);
async function reasonOf(id: string, part: string): Promise<void> {
  const seen = async (): Promise<boolean> => ((await status(id)).detail.reason ?? '').includes(part);
  await until(seen, { what: `the reason of ${id} has ${part}` });
}
const start = (flags: readonly string[], ...answers: readonly [Script, ...Script[]]): Promise<string> =>
  bench.submit([...flags, ...bench.model(inOrder(...answers))], `${CANARY} in a prompt`);

/** How the text may stand in a file: as it is, or in base64 at any of three positions. */
function formsOf(text: string): string[] {
  const shifted = [0, 1, 2].map((pad) => Buffer.from(' '.repeat(pad) + text).toString('base64'));
  return [text, ...shifted.map((form) => form.slice(4, -4))];
}

function filesWith(text: string): string[] {
  const { directory } = serverFiles(bench.paths.workdir);
  const files = readdirSync(directory).map((name) => join(directory, name));
  return files.filter((file) => {
    const bytes = readFileSync(file);
    return formsOf(text).some((form) => bytes.includes(form));
  });
}

test('the database holds no word of the tasks, and the command reads them all', async () => {
  const works = await start(
    ['--system-prompt', `${CANARY} as a rule`, '--allow', 'shell,write'],
    call('read_file', { path: 'secret.txt' }),
    call('write_file', { path: `${CANARY}.txt`, content: CANARY }),
    call('shell', { command: `echo ${CANARY}; echo ${CANARY} >&2; exit 3` }),
    call('read_file', { path: `no-${CANARY}` }),
    { content: `${'x '.repeat(30)}${CANARY} as the answer`, pieceDelayMs: 40 },
  );
  const asks = await start([], call('shell', { command: `touch ${CANARY}` }), { content: 'Done.' });
  const fails = await start([], { status: 400, body: { error: { message: `${CANARY} is wrong` } } });
  const waits = await start([], { status: 401, body: { error: { message: `${CANARY} is no key` } } });
  const retries = await start([], { status: 500, body: { error: { message: `${CANARY} is down` } } });
  const hangs = await start([], call('read_file', { path: 'secret.txt' }), { hang: true });

  await reasonOf(asks, 'waiting for approval');
  await reasonOf(retries, `${CANARY} is down`);
  expect(await bench.run(['deny', asks, '--reason', CANARY])).toMatchObject({ code: 0 });
  expect(await bench.run(['wait', works, asks, fails])).toMatchObject({ code: 1 });
  expect((await status(works)).result).toContain(`${CANARY} as the answer`);
  expect((await status(fails)).error).toContain(`${CANARY} is wrong`);
  await reasonOf(waits, CANARY);
  const events = linesOf<{ type: string; content?: string }>((await bench.run(['follow', works, '--json'])).stdout);
  const results = events.filter(({ type }) => type === 'result').map(({ content }) => content);
  expect(results).toEqual([
    expect.stringContaining(`${CANARY} in a file`),
    expect.anything(),
    expect.stringContaining(CANARY),
    expect.stringContaining(`no-${CANARY}`),
  ]);
  expect(await bench.run(['cancel', retries, hangs, waits])).toMatchObject({ code: 0 });

  // The worker that runs meets the new key in a payload first.
  expect(await bench.json(['codec-key', keyFile()])).toMatchObject({ keys: 2 });
  const rotated = await start([], { content: `${CANARY} with a new key` });
  expect(await bench.run(['wait', rotated])).toMatchObject({ code: 0 });
  expect((await status(works)).result).toContain(`${CANARY} as the answer`);
  const other = join(bench.root, 'other.keys');
  await bench.run(['codec-key', other]);
  const wrong = await bench.run(['status', works, '--codec', `aes:${other}`]);
  expect([wrong.code, wrong.stderr]).toEqual([6, expect.stringMatching(/its key '\S+' is not in \S+other\.keys/)]);

  const inUse = filesWith(CANARY);
  // What is not content is there, so these are the files that the server writes.
  expect(filesWith('rookery.iterate').length).toBeGreaterThan(0);
  expect(filesWith(works).length).toBeGreaterThan(0);
  expect(inUse).toEqual([]);
  expect(await bench.run(['down'])).toMatchObject({ code: 0 });
  expect(filesWith(works).length).toBeGreaterThan(0);
  expect(filesWith(CANARY)).toEqual([]);
}, 120_000);
