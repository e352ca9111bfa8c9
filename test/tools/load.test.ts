import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { parseArgs, toSpec } from '../../src/tools/catalogue.js';
import { guarded } from '../../src/tools/guarded.js';
import { loadTools } from '../../src/tools/load.js';
import { defineTool, isTool, type Tool, type ToolContext } from '../../src/tools/tool.js';

let directory: string;
beforeAll(async () => {
  directory = await realpath(await mkdtemp(join(tmpdir(), 'rookery-own-')));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

let count = 0;
async function module(text: string, extension = 'ts'): Promise<string> {
  const file = join(directory, `tools-${count++}.${extension}`);
  await writeFile(file, text);
  return file;
}
const HEAD = "import { defineTool } from 'rookery';\nimport { z } from 'zod';\n";
const define = (name: string, rest = '', run = "async () => ({ outcome: 'ok', content: 'x' })"): string =>
  `defineTool({ name: '${name}', description: 'd', input: z.strictObject({ a: z.string() }), effect: 'read', ${rest} run: ${run} })`;
const context = (signal = new AbortController().signal): ToolContext => ({
  workspace: directory,
  task: 't',
  call: 'c',
  secrets: false,
  signal,
});

describe('a module with tools', () => {
  test('may be TypeScript anywhere on disk, and exports them by name or in a default array', async () => {
    await writeFile(
      join(directory, 'helper.ts'),
      'export enum Kind { A = "kind" }\nexport const kind: string = Kind.A;\n',
    );
    const file = await module(`${HEAD}
      import type { Tool, ToolOutcome } from 'rookery';
      import { kind } from './helper.js';
      interface Args { readonly a: string }
      const late: string = await Promise.resolve('late');
      export const one: Tool<Args> = ${define('one', '', "async ({ a }: Args): Promise<ToolOutcome> => ({ outcome: 'ok', content: [a, kind, late].join(' ') })")};
      export const other = 5, nothing = null;
      export default [one, ${define('two')}];`);
    const plain = await module(`${HEAD} export default ${define('three')};`, 'mjs');
    const tools = await loadTools([file, plain, file]);
    expect(tools.map(({ name }) => name).sort()).toEqual(['one', 'three', 'two']);
    expect(tools.every(isTool)).toBe(true);
    const one = tools.find(({ name }) => name === 'one') as Tool;
    expect(toSpec(one).parameters).toMatchObject({ type: 'object', required: ['a'] });
    expect(parseArgs(one, {})).toMatchObject({ ok: false });
    expect(await one.run({ a: 'hello' }, context())).toEqual({ outcome: 'ok', content: 'hello kind late' });
  });

  test('no files give no tools', async () => expect(await loadTools([])).toEqual([]));

  test.each<[string, string | (() => string), RegExp]>([
    [
      'a syntax error, with its place',
      'export const a = 1;\nexport const b: = 2;',
      /Unexpected token at .*tools-\d+\.ts:2:\d+$/,
    ],
    ['an exception', "throw new Error('boom');", /cannot be loaded: boom/],
    ['a module that is missing', "import 'nowhere-to-be-found';", /cannot be loaded: .*nowhere-to-be-found/],
    ['no tool', 'export const a = { name: "x", run() {} };', /exports no tool/],
    ['nothing at all', '', /exports no tool/],
    [
      'a definition that cannot work',
      () => `${HEAD} export default ${define('with space')};`,
      /cannot be loaded: A tool's name/,
    ],
    ['a name of ours', () => `${HEAD} export default ${define('read_file')};`, /comes with Rookery/],
    [
      'a tool of ours that is not there today',
      () => `${HEAD} export default ${define('web_search')};`,
      /comes with Rookery/,
    ],
    ['an alias', () => `${HEAD} export default ${define('shell_exec')};`, /is an alias of .shell./],
    ['a group', () => `${HEAD} export default ${define('write')};`, /in --allow/],
    ['a name of MCP', () => `${HEAD} export default ${define('a__b')};`, /MCP/],
    [
      'one name twice',
      () => `${HEAD} export const a = ${define('same')}; export const b = ${define('same')};`,
      /has the name of one of/,
    ],
    [
      'an input that cannot be told',
      () => `${HEAD} export default defineTool({ ...${define('odd')}, input: z.strictObject({ a: z.date() }) });`,
      /has no JSON Schema/,
    ],
    [
      'an input that is not an object',
      () => `${HEAD} export default defineTool({ ...${define('odd')}, input: z.string() });`,
      /is not an object/,
    ],
  ])('%s is said at the door', async (_, text, message) => {
    const file = await module(typeof text === 'string' ? text : text());
    await expect(loadTools([file])).rejects.toMatchObject({
      name: 'RookeryError',
      code: 'usage',
      message: expect.stringMatching(message),
    });
  });

  test('a file that is not there, or is none, is said at the door', async () => {
    for (const file of [join(directory, 'gone.ts'), directory]) {
      await expect(loadTools([file])).rejects.toMatchObject({
        code: 'usage',
        message: `There is no tools file ${file}`,
      });
    }
  });
});

describe('a tool that we did not write', () => {
  const wild = (changes: object): Tool =>
    guarded(
      defineTool({
        name: 'wild',
        description: 'd',
        input: z.strictObject({}),
        effect: 'write',
        run: async () => ({ outcome: 'ok', content: 'x' }),
        ...changes,
      }) as Tool,
      { deadlineMs: 100, graceMs: 50 },
    );
  const hang = () => new Promise(() => undefined);

  test.each<[string, unknown]>([
    [
      'throws at once',
      () => {
        throw new Error('boom');
      },
    ],
    ['rejects', () => Promise.reject(new Error('boom'))],
    ['rejects with nothing', () => Promise.reject()],
    ['gives nothing', async () => undefined],
    ['gives text', async () => 'text'],
    ['gives content that is no text', async () => ({ outcome: 'ok', content: 5 })],
    ['gives another outcome', async () => ({ outcome: 'refused', content: 'x' })],
    ['gives an origin that is no text', async () => ({ outcome: 'ok', content: 'x', origin: {} })],
    [
      'gives a getter that throws',
      async () => ({
        get outcome() {
          throw new Error('boom');
        },
      }),
    ],
    ['hangs', hang],
  ])('%s: failed, with a sentence', async (_, run) => {
    const { outcome, content } = await wild({ run }).run({}, context());
    expect(outcome).toBe('failed');
    expect(content).toMatch(/^The tool 'wild' .*\.$/);
  });

  test('is told of its deadline, and may answer within its grace', async () => {
    const run = (_: unknown, { signal }: ToolContext) =>
      new Promise((resolve) =>
        signal.addEventListener('abort', () => resolve({ outcome: 'failed', content: 'tidied up' })),
      );
    expect(await wild({ run }).run({}, context())).toEqual({ outcome: 'failed', content: 'tidied up' });
  });

  test('that hangs beyond a cancel is left behind', async () => {
    const cancel = new AbortController();
    const answer = guarded(wild({ run: hang }), { graceMs: 50 }).run({}, context(cancel.signal));
    cancel.abort();
    expect((await answer).content).toMatch(/was cancelled/);
  });

  test('gives no more than 64 KiB', async () => {
    const run = async () => ({ outcome: 'ok', content: 'ä'.repeat(200_000), origin: 'there', more: 1 });
    const answer = await wild({ run }).run({}, context());
    expect(Buffer.byteLength(answer.content)).toBeLessThanOrEqual(64 * 1024);
    expect(answer).toMatchObject({ outcome: 'ok', origin: 'there' });
    expect(answer).not.toHaveProperty('more');
  });

  test('that cannot say what it touches counts as touching all, and its probe is believed only when it is whole', async () => {
    const boom = () => {
      throw new Error('boom');
    };
    const broken = wild({ touches: boom, summary: boom, probe: boom });
    expect(broken.touches({})).toEqual({ paths: ['/'] });
    expect(broken.summary({})).toBe('wild');
    expect(await broken.probe?.({}, context())).toBeUndefined();
    expect(await wild({ probe: async () => 'yes' }).probe?.({}, context())).toBeUndefined();
    expect(await wild({ probe: async () => ({ outcome: 'ok', content: 'y' }) }).probe?.({}, context())).toMatchObject({
      content: 'y',
    });
    expect(wild({}).probe).toBeUndefined();
  });

  test('is known as one when another copy of the package made it', () => {
    expect(isTool({ [Symbol.for('rookery.tool')]: true })).toBe(true);
    for (const value of [{ name: 'x' }, null, undefined, 'x', () => 1]) expect(isTool(value)).toBe(false);
  });
});
