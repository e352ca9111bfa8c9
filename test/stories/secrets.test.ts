/**
 * Keys never leave the worker: not into history, database, files, claims, logs, the audit log, children, or what is told of an
 * error. A canary is looked for in all of them, in every form that it may take.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Bench, openBench } from '../cli/support.js';
import { inOrder } from '../support/book.js';

const CANARY = 'sk-canary-7Q2f/Zx+81_vT~pL';
/** Forms of it, as they are searched for in bytes. */
const FORMS: Readonly<Record<string, readonly string[]>> = {
  plain: [CANARY],
  base64: [0, 1, 2].flatMap((shift) => {
    const whole = Buffer.from('x'.repeat(shift) + CANARY).toString('base64');
    // Without the ends, which depend on what stands beside it.
    const core = whole.slice(4, -4);
    return [core, core.replaceAll('+', '-').replaceAll('/', '_')];
  }),
  hex: [Buffer.from(CANARY).toString('hex'), Buffer.from(CANARY).toString('hex').toUpperCase()],
  url: [encodeURIComponent(CANARY)],
};

let bench: Bench;
beforeAll(async () => {
  bench = await openBench({
    LITELLM_API_KEY: CANARY,
    OPENAI_API_KEY: CANARY,
    ROOKERY_API_KEY: CANARY,
    BRAVE_API_KEY: CANARY,
  });
});
afterAll(() => bench.close());

function filesBeneath(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((name) => join(directory, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile());
}

function formsIn(bytes: Buffer): string[] {
  return Object.entries(FORMS).flatMap(([form, texts]) => (texts.some((text) => bytes.includes(text)) ? [form] : []));
}

test('no form of a key is anywhere but in its request to the provider', async () => {
  const encoded = Buffer.from(CANARY);
  // What the model and the workspace know already is another matter: here a file of the workspace holds the key as well.
  writeFileSync(
    join(bench.workspace, 'leak.txt'),
    `key = ${CANARY}\nhex = ${encoded.toString('hex')}\nb64 = ${encoded.toString('base64')}\n`,
  );
  const model = bench.model(
    inOrder(
      {
        content: 'I look around.',
        calls: [
          {
            id: 'a',
            name: 'shell',
            args: { command: 'env; cat /proc/self/environ | tr "\\0" "\\n"; cat /proc/$PPID/environ' },
          },
          { id: 'b', name: 'read_file', args: { path: 'leak.txt' } },
          { id: 'c', name: 'search_files', args: { pattern: 'key' } },
          { id: 'd', name: 'web_search', args: { query: 'anything' } },
          { id: 'e', name: 'shell', args: { command: 'cat leak.txt; base64 leak.txt; xxd -p leak.txt; exit 3' } },
        ],
      },
      // A provider that echoes the key in its error, and a model that says it.
      { status: 500, body: { error: { message: `bad key ${CANARY}` } } },
      { content: `The key is ${CANARY}, or ${encoded.toString('base64')}.` },
    ),
  );
  const ran = await bench.run(['run', '--yes', ...model, '--json', 'Find the key']);
  expect(ran.code, ran.stderr).toBe(0);
  const refused = bench.model(inOrder({ status: 401, body: { error: { message: `key ${CANARY} is revoked` } } }));
  const waiting = await bench.run(['run', ...refused, 'Ask']);
  expect(waiting.code).toBe(4);
  const requests = bench.book.requestsOf(model[model.indexOf('--model') + 1] ?? '');
  expect(requests[0]?.headers.authorization).toBe(`Bearer ${CANARY}`);
  for (const [what, text] of Object.entries({
    stdout: ran.stdout,
    stderr: ran.stderr,
    'stderr of the other': waiting.stderr,
    status: (await bench.run(['status', '--json', JSON.parse(ran.stdout.split('\n')[0] ?? '{}').id])).stdout,
    'audit list': (await bench.run(['audit', 'list'])).stdout,
    config: (await bench.run(['config'])).stdout,
    'what the model was told': JSON.stringify(requests.map(({ messages }) => messages)),
  })) {
    expect([what, formsIn(Buffer.from(text))]).toEqual([what, []]);
  }
  await bench.run(['down']);
  const found = filesBeneath(bench.paths.workdir).flatMap((path) =>
    formsIn(readFileSync(path)).map((form) => `${form} in ${path}`),
  );
  expect(found).toEqual([]);
  const files = filesBeneath(bench.paths.workdir).map((path) => path.slice(bench.paths.workdir.length + 1));
  for (const part of ['server/', 'tasks/', 'logs/worker.log', 'audit.jsonl', 'claims/'])
    expect(
      files.some((file) => file.startsWith(part)),
      part,
    ).toBe(true);
});

test('no argument of a process holds a key', () => {
  expect(execFileSync('ps', ['axww', '-o', 'args'], { encoding: 'utf8' })).not.toContain(CANARY);
});
