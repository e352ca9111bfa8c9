/** `--schema` is checked at the door, and `result` gives the answer alone: on stdout, in a file, as a value. */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inOrder } from '../support/book.js';
import { type Bench, openClusterBench } from './support.js';

let bench: Bench;
beforeAll(async () => {
  bench = await openClusterBench();
});
afterAll(() => bench.close());

const SCHEMA = { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] };
const FENCED = { content: 'So:\n```json\n{"n": 1}\n```' };

function schemaFile(name: string, text: string): string {
  const file = join(bench.root, name);
  writeFileSync(file, text);
  return file;
}

test('the answer alone, once the task has ended; into a file in one step, which is replaced only with --force', async () => {
  const schema = schemaFile('schema.json', JSON.stringify(SCHEMA));
  const id = await bench.submit([...bench.model(inOrder(FENCED)), '--schema', schema]);
  expect(await bench.run(['result', id])).toMatchObject({ code: 0, stdout: '{"n": 1}\n' });
  expect(await bench.json(['result', id])).toEqual({
    ...{ id, status: 'Completed', result: '{"n": 1}', structured: { n: 1 } },
  });
  const file = join(bench.root, 'answer.json');
  expect(await bench.run(['result', id, '-o', file])).toMatchObject({ code: 0, stdout: '' });
  expect([readFileSync(file, 'utf8'), statSync(file).mode & 0o600]).toEqual(['{"n": 1}\n', 0o600]);
  writeFileSync(file, 'mine');
  const refused = await bench.run(['result', id, '-o', file]);
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining(`${file} exists.`)]);
  expect(readFileSync(file, 'utf8')).toBe('mine');
  expect(await bench.run(['result', id, '-o', file, '--force'])).toMatchObject({ code: 0 });
  expect(readFileSync(file, 'utf8')).toBe('{"n": 1}\n');
});

test('run prints the JSON; a task that fails has no answer and ends with 1', async () => {
  const schema = schemaFile('schema.json', JSON.stringify(SCHEMA));
  const ran = await bench.run(['run', ...bench.model(inOrder(FENCED)), '--schema', schema, 'Count.']);
  expect(ran).toMatchObject({ code: 0, stdout: '{"n": 1}\n' });
  const id = await bench.submit([...bench.model(inOrder({ content: 'One.' })), '--schema', schema]);
  const file = join(bench.root, 'none.json');
  const failed = await bench.run(['result', id, '-o', file]);
  expect([failed.code, failed.stdout, existsSync(file)]).toEqual([1, '', false]);
  expect(failed.stderr).toContain('The answer does not match the JSON Schema, after one repair: it is not JSON');
  expect(await bench.run(['result', 'no-such-task'])).toMatchObject({ code: 5 });
});

test('a task that runs on: 124 after the time to wait', async () => {
  const id = await bench.submit(bench.model(() => ({ hang: true })));
  expect(await bench.run(['result', id, '--timeout', '1s'])).toMatchObject({ code: 124, stdout: '' });
});

test.each([
  ['no JSON', '{', 'it is not JSON'],
  ['no object', '[]', 'must be a JSON object'],
  ['no valid schema', '{"type": "objekt"}', 'it is no valid JSON Schema'],
  ['a reference to elsewhere', '{"$ref": "https://example.com/a.json"}', 'nothing is fetched'],
  ['too large', JSON.stringify({ description: 'x'.repeat(40_000) }), 'more than 32768'],
])('a schema file with %s is refused, and nothing is written', async (_, text, words) => {
  const before = await bench.run(['list', '--json']);
  const refused = await bench.run([
    'submit',
    ...bench.model(inOrder(FENCED)),
    '--schema',
    schemaFile('bad', text),
    'x',
  ]);
  expect([refused.code, refused.stdout]).toEqual([2, '']);
  expect(refused.stderr).toContain(words);
  expect((await bench.run(['list', '--json'])).stdout).toBe(before.stdout);
});
