/** Where each setting comes from: flag > environment > project's file > user's file > default. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { DEFAULT_SYSTEM_PROMPT } from '../../src/domain/system-prompt.js';
import { type Bench, openBench, type RunOptions } from '../cli/support.js';

interface Row {
  readonly name: string;
  readonly value: unknown;
  readonly origin: string;
}

let bench: Bench;
const opened: Bench[] = [];
beforeEach(async () => {
  bench = await openBench();
  opened.push(bench);
});
afterAll(() => Promise.all(opened.map((one) => one.close())));

const projectFile = (text: string): Promise<void> => writeFile(join(bench.workspace, 'rookery.toml'), text);
async function userFile(text: string): Promise<void> {
  const directory = join(bench.env.XDG_CONFIG_HOME ?? '', 'rookery');
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'config.toml'), text);
}

async function settings(args: string[] = [], options?: RunOptions): Promise<Record<string, Omit<Row, 'name'>>> {
  const { settings: rows } = await bench.json<{ settings: Row[] }>(['config', ...args], options);
  expect(new Set(rows.map(({ name }) => name)).size).toBe(rows.length);
  return Object.fromEntries(rows.map(({ name, value, origin }) => [name, { value, origin }]));
}

test('without files and variables everything has the default that the contract names', async () => {
  const { ROOKERY_WORKDIR: _, ...env } = bench.env;
  const found = await settings([], { env: { ...env, ROOKERY_WORKDIR: '' } });
  const byDefault = (value: unknown) => ({ value, origin: 'default' });
  expect(found).toStrictEqual({
    workdir: byDefault(join(bench.env.XDG_DATA_HOME ?? '', 'rookery')),
    workspace: byDefault(bench.workspace),
    provider: byDefault(null),
    model: byDefault(null),
    endpoint: byDefault(null),
    fallback: byDefault([]),
    allow: byDefault([]),
    tools: byDefault([]),
    mcp: byDefault([]),
    policy: byDefault([]),
    max_iterations: byDefault(50),
    max_total_tokens: byDefault(1_000_000),
    max_output_tokens: byDefault(8_192),
    max_time: byDefault(null),
    system_prompt: byDefault(DEFAULT_SYSTEM_PROMPT),
    text_protocol: byDefault([]),
    searxng: byDefault(null),
    security: byDefault({ unsigned: 'refuse', trust_cluster: false, phrase_warning: false, sandbox: 'auto' }),
    OPENAI_API_KEY: byDefault(null),
    ANTHROPIC_API_KEY: byDefault(null),
    OPENROUTER_API_KEY: byDefault(null),
    LITELLM_API_KEY: byDefault(null),
    ROOKERY_API_KEY: byDefault(null),
    BRAVE_API_KEY: byDefault(null),
    TAVILY_API_KEY: byDefault(null),
    temporal: byDefault('embedded'),
  });
});

test('each origin goes before the next', async () => {
  const at = async (args?: string[], options?: RunOptions) => (await settings(args, options)).model;
  await userFile('model = "of-the-user"\nmax_iterations = 7\n');
  expect(await at()).toEqual({ value: 'of-the-user', origin: 'user file' });
  await projectFile('model = "of-the-project"\n');
  expect(await at()).toEqual({ value: 'of-the-project', origin: 'project file' });
  const env = { ROOKERY_MODEL: 'of-the-environment' };
  expect(await at([], { env })).toEqual({ value: 'of-the-environment', origin: 'environment' });
  expect(await at([], { env: { ROOKERY_MODEL: '' } })).toEqual({ value: 'of-the-project', origin: 'project file' });
  expect(await at(['--model', 'of-the-flag'], { env })).toEqual({ value: 'of-the-flag', origin: 'flag' });
  expect((await settings()).max_iterations).toEqual({ value: 7, origin: 'user file' });
});

test('a path of tools means what it means where it is named', async () => {
  const at = async (args?: string[]) => (await settings(args)).tools;
  const config = join(bench.env.XDG_CONFIG_HOME ?? '', 'rookery');
  await userFile('tools = ["./mine.ts", "/abs/olute.ts"]\n');
  expect(await at()).toEqual({ value: [join(config, 'mine.ts'), '/abs/olute.ts'], origin: 'user file' });
  await projectFile('tools = ["tools/ours.ts"]\n');
  expect((await at())?.origin).toBe('user file');
  await bench.run(['config', '--trust']);
  expect(await at()).toEqual({ value: [join(bench.workspace, 'tools/ours.ts')], origin: 'project file' });
  const flag = await at(['--tools', 'a.ts', '--tools', '../b.mjs']);
  expect(flag).toEqual({ value: [join(bench.workspace, 'a.ts'), join(bench.workspace, '../b.mjs')], origin: 'flag' });
});

test('for people a line each: name, value, origin', async () => {
  const { code, stdout } = await bench.run(['config', '--max-iterations', '9']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^max_iterations +9 {2}\(flag\)$/m);
  expect(stdout).toMatch(/^provider +- {2}\(default\)$/m);
});

test('a key is named, never shown', async () => {
  const ran = await bench.run(['config', '--json'], { env: { OPENAI_API_KEY: 'sk-parrot' } });
  expect(ran.stdout).toContain('{"name":"OPENAI_API_KEY","value":"set","origin":"environment"}');
  expect(ran.stdout + ran.stderr).not.toContain('sk-parrot');
});

test('TEMPORAL_ADDRESS names the server, --local overrides it', async () => {
  const env = { TEMPORAL_ADDRESS: 'there:7233', TEMPORAL_NAMESPACE: 'mine' };
  expect((await settings([], { env })).temporal).toEqual({ value: 'there:7233 (mine)', origin: 'TEMPORAL_ADDRESS' });
  expect((await settings(['--local'], { env })).temporal).toEqual({ value: 'embedded', origin: 'default' });
});

describe("a project's file", () => {
  const FILE = [
    'model = "free-to-name"',
    'endpoint = "http://elsewhere.example/v1"',
    'provider = "litellm"',
    'allow = ["shell"]',
    '',
  ].join('\n');

  test('sets no endpoint, provider or tools until the user trusts it, and says what is left out', async () => {
    await projectFile(FILE);
    const ran = await bench.run(['config']);
    expect(ran.stderr).toMatch(
      /rookery\.toml sets .*which is left out until you trust that file: rookery config --trust/,
    );
    for (const name of ['endpoint', 'provider', 'allow']) expect(ran.stderr).toContain(name);
    const elsewhere = await bench.run(['config'], { env: { TEMPORAL_ADDRESS: 'there:7233' } });
    expect(elsewhere.stderr).toMatch(/^Temporal server there:7233, from TEMPORAL_ADDRESS\n.*rookery\.toml sets/);
    const found = await settings();
    expect(found.model).toEqual({ value: 'free-to-name', origin: 'project file' });
    expect(found.endpoint).toEqual({ value: null, origin: 'default' });
    expect(found.provider).toEqual({ value: null, origin: 'default' });
    expect(found.allow).toEqual({ value: [], origin: 'default' });
  });

  test('counts whole once it is trusted, until a byte of it changes', async () => {
    await projectFile(FILE);
    const trusted = await bench.run(['config', '--trust']);
    expect(trusted).toMatchObject({ code: 0, stdout: `trusted: ${join(bench.workspace, 'rookery.toml')}\n` });
    expect((await bench.run(['config'])).stderr).toBe('');
    const found = await settings();
    expect(found.endpoint).toEqual({ value: 'http://elsewhere.example/v1', origin: 'project file' });
    expect(found.allow).toEqual({ value: ['shell'], origin: 'project file' });
    await projectFile(FILE.replace('elsewhere', 'somewhere'));
    expect((await settings()).endpoint).toEqual({ value: null, origin: 'default' });
  });

  test('that is not there cannot be trusted', async () => {
    expect(await bench.run(['config', '--trust'])).toMatchObject({ code: 5, stdout: '' });
  });

  test.each([
    ['no TOML', 'model = ', /is no TOML \(line 1, column \d+\)/],
    ['an unknown setting', 'modle = "x"', /modle/],
    ['a setting of another type', 'max_iterations = "many"', /'max_iterations'/],
    ['an unknown provider', 'provider = "acme"', /There is no provider 'acme'/],
  ])('with %s is refused by name, with 2', async (_, text, words) => {
    await projectFile(text);
    await bench.run(['config', '--trust']);
    const ran = await bench.run(['list']);
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr).toMatch(words);
  });
});
