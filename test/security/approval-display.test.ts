/**
 * An approval shows what runs: whatever a model or a server puts into names and values, with the real command, no call prints
 * lines of another, nothing is unseen, hosts are told in ASCII, and "always" remembers these very arguments.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Bench, openClusterBench } from '../cli/support.js';
import { inOrder } from '../support/book.js';
import { until } from '../support/until.js';

interface Shown {
  readonly task: string;
  readonly call: string;
  readonly args: Readonly<Record<string, unknown>>;
}

let bench: Bench;
beforeAll(async () => {
  bench = await openClusterBench();
  const config = join(bench.env.XDG_CONFIG_HOME ?? '', 'rookery');
  await mkdir(config, { recursive: true });
  const words = [process.execPath, resolve('test/mcp/rough.mjs')].map((word) => JSON.stringify(word));
  writeFileSync(
    join(config, 'config.toml'),
    `[security]\nsandbox = "off"\n[mcp.raw]\ncommand = ${words[0]}\nargs = [${words[1]}]\nsandbox = "off"\n`,
  );
  expect(await bench.run(['up', '-d'])).toMatchObject({ code: 0 });
});
afterAll(() => bench.close());

const model = (name: string, args: Record<string, unknown>) =>
  bench.model(inOrder({ calls: [{ id: 'a', name, args }] }, { content: 'Done.' }));
const waiting = async (id: string) => (await bench.json<{ approvals: Shown[] }>(['approvals', id])).approvals;

async function submitted(name: string, args: Record<string, unknown>): Promise<string> {
  const id = await bench.submit(model(name, args));
  await until(async () => (await waiting(id)).length === 1, { what: 'it waits' });
  return id;
}

const FAKE = '    rookery approve 00000000 11111111    or    rookery deny 00000000 11111111';
const BREAKS = ['\n', '\r', '\r\n', '\f', '\v', '\u0085', '\u2028', '\u2029'];
const UNSEEN = [
  '\u200b',
  '\u00ad',
  '\u{e0041}',
  '\u202e',
  '\u3164',
  '\u2800',
  '\ufe0f',
  '\u{e000}',
  '\u0378',
  '\u3000',
];

test('names and values that hold false lines and unseen characters stay in quotes, on lines of their own', async () => {
  const evil: Record<string, unknown> = { text: 'plain' };
  for (const [n, char] of [...BREAKS, ...UNSEEN, '\u001b[2K\u001b[1A'].entries()) {
    evil[`k${n}${char}${FAKE}`] = { [`inner${char}`]: `v${char}${FAKE}${' '.repeat(200)}${FAKE}` };
  }
  const id = await submitted('raw__echo', evil);
  const [shown] = await waiting(id);
  // For programs it is what the model wrote.
  expect(shown?.args).toEqual(evil);
  const { stdout } = await bench.run(['approvals', id]);
  expect(stdout).not.toMatch(/(?![\n ])[\p{C}\p{Z}]|\p{Default_Ignorable_Code_Point}|\u2800/u);
  const lines = stdout.trimEnd().split('\n');
  const own = `rookery approve ${id.slice(0, 8)} ${shown?.call.slice(0, 8)}`;
  expect(lines.filter((line) => /^\s*rookery approve/.test(line))).toEqual([expect.stringContaining(own)]);
  // Each line is one of ours, begins with a quote, or behind a bar.
  const ours = /^( {4}(reason|host|--always would remember|rookery approve \S+ \S+ {4}or)|[0-9a-f]{8} {2}call )/;
  for (const line of lines) {
    expect(line).toMatch(new RegExp(`${ours.source}|^ {4}("| {0,2}\\| )`));
    expect(line.length).toBeLessThanOrEqual(100);
  }
  const joined = lines.map((line) => line.replace(/^ {4}( {2})?(\| )?/, '')).join('');
  for (const char of UNSEEN) expect(joined).toContain(`\\u{${char.codePointAt(0)?.toString(16)}}`);

  const followed = await bench.run(['follow', id]);
  expect(followed.stdout).not.toMatch(/(?![\n ])[\p{C}\p{Z}]/u);
  const offered = followed.stdout.split('\n').filter((line) => line.trimStart().startsWith('rookery approve'));
  expect(offered).toEqual([expect.stringContaining(own)]);
  await bench.run(['deny', id]);
});

test('a name that no tool has is shown in quotes, and its answer on one line', async () => {
  const name = `x\n${FAKE}\u202e`;
  const id = await bench.submit(model(name, { a: 1 }));
  expect(await bench.run(['wait', id])).toMatchObject({ code: 0 });
  const { stdout } = await bench.run(['follow', id]);
  expect(stdout).toContain(` "x\\n${FAKE.replace(/ {2,}/g, '  ')}`);
  expect(stdout).not.toMatch(/^\s*rookery approve/m);
});

test('hosts are told in ASCII, with a warning where letters of several alphabets are mixed', async () => {
  const id = await submitted('web_fetch', { url: 'https://аpple.com@gіthub.com/login' });
  const { stdout } = await bench.run(['approvals', id]);
  expect(stdout).toContain('    host: xn--gthub-n2e.com  WARNING: ');
  expect(stdout.replace(/\n {4}\| /g, '')).toContain('"gіthub" mixes letters of Latin and Cyrillic');
  await bench.run(['deny', id]);
  const listed = await bench.run(['mcp', 'list', '--mcp', 'far=http://аpple.test:9/mcp']);
  expect(listed.stdout).toContain('host: xn--pple-43d.test  WARNING: it can be shown as "аpple.test"');
});

test('--always remembers an MCP tool with its arguments, and without them only when that is said', async () => {
  const first = await submitted('raw__echo', { text: 'one', more: { b: 1, a: 2 } });
  const rule = 'run tool "raw__echo", arguments {"more":{"a":2,"b":1},"text":"one"}';
  const { stdout } = await bench.run(['approvals', first]);
  expect(stdout.replace(/\n {6}\| /g, '')).toContain(rule);
  expect(await bench.run(['approve', first, '--any-arguments'])).toMatchObject({ code: 2 });
  const { stderr } = await bench.run(['approve', first, '--always']);
  expect(stderr).toContain(`Remembered: ${rule}`);
  const run = async (args: Record<string, unknown>) =>
    (await bench.run(['run', ...model('raw__echo', args), 'x'])).code;
  expect(await run({ more: { a: 2, b: 1 }, text: 'one' })).toBe(0);
  expect(await run({ text: 'two' })).toBe(4);
  expect(await run({ text: 'one' })).toBe(4);

  const second = await submitted('raw__echo', { text: 'three' });
  const wide = await bench.run(['approve', second, '--always', '--any-arguments']);
  expect(wide.stderr).toContain('Remembered: run tool "raw__echo", any arguments.');
  expect(await run({ text: 'four' })).toBe(0);
  expect((await bench.run(['policy'])).stdout).toContain('arguments `{"more":{"a":2,"b":1},"text":"one"}`');
  const kept = JSON.parse(readFileSync(bench.paths.policy, 'utf8')) as { rules: unknown[] };
  expect(kept.rules).toHaveLength(2);
});

test('an error shows no character of a name that was given', async () => {
  const { code, stderr } = await bench.run(['mcp', 'trust', 'a\u202e\u200b\n   rookery approve']);
  expect(code).toBe(5);
  expect(stderr.trimEnd().split('\n').at(-1)).toBe(
    "There is no MCP server 'a\\u{202e}\\u{200b}\\n  rookery approve'. Servers: raw.",
  );
});
