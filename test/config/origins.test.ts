/** Where each setting comes from: flag > environment > project's file > user's file > default. */
import { chmod, chown, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { DEFAULT_SYSTEM_PROMPT } from '../../src/domain/limits.js';
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
    sharing: byDefault({ shared: false, ship: 'off', bundle_max_mb: 200 }),
    provider: byDefault(null),
    model: byDefault(null),
    endpoint: byDefault(null),
    fallback: byDefault([]),
    allow: byDefault([]),
    approval_timeout: byDefault(null),
    questions: byDefault(true),
    tools: byDefault([]),
    mcp: byDefault([]),
    policy: byDefault([]),
    codec: byDefault(null),
    effort: byDefault(null),
    max_iterations: byDefault(50),
    max_total_tokens: byDefault(1_000_000),
    max_output_tokens: byDefault(8_192),
    max_time: byDefault(null),
    max_command_time: byDefault(1_800_000),
    max_cost: byDefault(null),
    on_limit: byDefault(null),
    prices: byDefault({}),
    system_prompt: byDefault(DEFAULT_SYSTEM_PROMPT),
    text_protocol: byDefault([]),
    notify: byDefault({
      ...{ bell: true, desktop: false, command_time: 10_000, stalled_after: 900_000 },
      events: ['done', 'failed', 'needs_you', 'stalled', 'limit'],
    }),
    compaction: byDefault('model'),
    context_windows: byDefault({}),
    searxng: byDefault(null),
    sandbox: byDefault({ read: [], write: [], env: [] }),
    security: byDefault({ unsigned: 'refuse', trust_cluster: false, phrase_warning: false, sandbox: 'auto' }),
    OPENAI_API_KEY: byDefault(null),
    ANTHROPIC_API_KEY: byDefault(null),
    OPENROUTER_API_KEY: byDefault(null),
    LITELLM_API_KEY: byDefault(null),
    GEMINI_API_KEY: byDefault(null),
    AZURE_API_KEY: byDefault(null),
    MISTRAL_API_KEY: byDefault(null),
    GROQ_API_KEY: byDefault(null),
    XAI_API_KEY: byDefault(null),
    DEEPSEEK_API_KEY: byDefault(null),
    TOGETHER_API_KEY: byDefault(null),
    ROOKERY_API_KEY: byDefault(null),
    BRAVE_API_KEY: byDefault(null),
    TAVILY_API_KEY: byDefault(null),
    task_queue: byDefault(null),
    max_activities: byDefault(null),
    max_workflow_tasks: byDefault(null),
    max_cached_workflows: byDefault(null),
    tuner: byDefault('fixed'),
    target_cpu: byDefault(80),
    target_memory: byDefault(80),
    metrics: byDefault(null),
    otlp: byDefault(null),
    health: byDefault(null),
    deployment_name: byDefault(null),
    build_id: byDefault(null),
    temporal: byDefault('embedded'),
  });
});

test('each origin goes before the next', async () => {
  const at = async (args?: string[], options?: RunOptions) => (await settings(args, options)).model;
  await userFile('model = "of-the-user"\nmax_iterations = 7\n');
  expect(await at()).toEqual({ value: 'of-the-user', origin: 'user file' });
  await projectFile('model = "of-the-project"\n');
  expect(await at()).toEqual({ value: 'of-the-user', origin: 'user file' });
  await bench.run(['config', '--trust']);
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

test('a path of a codec, and of the key file in it, means what it means where it is named', async () => {
  const at = async (args?: string[], options?: RunOptions) => (await settings(args, options)).codec;
  const config = join(bench.env.XDG_CONFIG_HOME ?? '', 'rookery');
  await userFile('[temporal]\ncodec = "aes:codec.keys"\n');
  const keys = join(config, 'codec.keys');
  await bench.run(['codec-key', keys]);
  expect(await at()).toEqual({ value: `aes:${keys}`, origin: 'user file' });
  const env = { ROOKERY_CODEC: 'aes:../codec.keys' };
  await bench.run(['codec-key', '../codec.keys']);
  expect(await at([], { env })).toEqual({ value: `aes:${join(bench.root, 'codec.keys')}`, origin: 'environment' });
  await writeFile(join(bench.workspace, 'codec.mjs'), 'export const codec = { encode: (p) => p, decode: (p) => p };');
  const flag = await at(['--codec', 'codec.mjs'], { env });
  expect(flag).toEqual({ value: join(bench.workspace, 'codec.mjs'), origin: 'flag' });
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
  const FILE = 'model = "theirs"\nmax_iterations = 9\nallow = ["shell"]\n[security]\nsandbox = "off"\n';

  interface Shown {
    readonly settings: readonly Row[];
    readonly ignored: readonly (Row & { readonly why: string })[];
  }
  const shown = () => bench.json<Shown>(['config']);

  test('that is not trusted only lowers limits; the rest is named on stderr in one line, and shown as not trusted', async () => {
    await projectFile(FILE);
    const path = join(bench.workspace, 'rookery.toml');
    const ran = await bench.run(['config']);
    expect(ran.stderr).toBe(
      `${path} is not trusted, so these settings of it are ignored: model, allow, security.sandbox. Read it, then trust it there with: rookery config --trust\n`,
    );
    expect(ran.stdout).toMatch(/^model +theirs {2}\(project file, not trusted: ignored\)$/m);
    expect(ran.stdout).toMatch(/^security\.sandbox +off {2}\(project file, not trusted: ignored\)$/m);
    const { settings: rows, ignored } = await shown();
    expect(rows.find(({ name }) => name === 'max_iterations')).toMatchObject({ value: 9, origin: 'project file' });
    expect(rows.find(({ name }) => name === 'model')).toMatchObject({ value: null, origin: 'default' });
    expect(ignored).toEqual([
      { name: 'model', value: 'theirs', origin: 'project file', why: 'not trusted' },
      { name: 'allow', value: ['shell'], origin: 'project file', why: 'not trusted' },
      { name: 'security.sandbox', value: 'off', origin: 'project file', why: 'not trusted' },
    ]);
    const elsewhere = await bench.run(['config'], { env: { TEMPORAL_ADDRESS: 'there:7233' } });
    expect(elsewhere.stderr).toMatch(/^Temporal server there:7233, from TEMPORAL_ADDRESS\n.*is not trusted/);
  });

  test('counts whole once it is trusted, until a byte of it changes', async () => {
    await projectFile(FILE);
    const path = join(bench.workspace, 'rookery.toml');
    expect(await bench.run(['config', '--trust'])).toMatchObject({
      code: 0,
      stdout: `trusted: ${path}\n`,
      stderr: 'from now on: model = "theirs"\nfrom now on: allow = ["shell"]\nfrom now on: security.sandbox = "off"\n',
    });
    expect((await bench.run(['config'])).stderr).toBe('');
    const found = await settings();
    expect(found.model).toEqual({ value: 'theirs', origin: 'project file' });
    expect(found.allow).toEqual({ value: ['shell'], origin: 'project file' });
    await projectFile(FILE.replace('theirs', 'others'));
    expect((await bench.run(['config'])).stderr).toContain(`${path} has changed since you trusted it, so`);
    expect((await settings()).model).toEqual({ value: null, origin: 'default' });
    expect(await bench.json(['config', '--trust'])).toEqual({ trusted: path });
    expect((await settings()).model).toEqual({ value: 'others', origin: 'project file' });
    // What was trusted once is not what is trusted now.
    await projectFile(FILE);
    expect((await settings()).model).toEqual({ value: null, origin: 'default' });
  });

  test('that is not there cannot be trusted', async () => {
    expect(await bench.run(['config', '--trust'])).toMatchObject({ code: 5, stdout: '' });
  });

  test('of a directory above, or of the --workspace, is not read', async () => {
    const inner = join(bench.workspace, 'inner');
    await mkdir(inner);
    await projectFile('max_iterations = 3\n');
    const config = (args: string[], cwd: string) => bench.run(['config', ...args], { cwd });
    for (const ran of [await config([], inner), await config(['--workspace', bench.workspace], inner)]) {
      expect(ran.stdout).toMatch(/^max_iterations +50 {2}\(default\)$/m);
      expect(ran.stderr).toBe('');
    }
  });

  test.each([
    ['no TOML', 'model = ', /is not valid TOML \(line 1, column \d+\)/],
    ['an unknown setting', 'modle = "x"', /modle/],
    ['a setting of another type', 'max_iterations = "many"', /'max_iterations'/],
    ['no duration', 'max_time = "soon"', /max_time of rookery\.toml takes a duration, not 'soon'/],
    ['more bytes than settings have', `# ${'x'.repeat(256 * 1024)}`, /it is larger than 262144 bytes/],
  ])('with %s is refused by name, with 2', async (_, text, words) => {
    await projectFile(text);
    const ran = await bench.run(['list']);
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr).toMatch(words);
  });

  test('with an unknown provider is refused once it is trusted', async () => {
    await projectFile('provider = "acme"');
    expect(await bench.run(['list'])).toMatchObject({ code: 0 });
    await bench.run(['config', '--trust']);
    expect(await bench.run(['list'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("There is no provider 'acme'"),
    });
  });
});

test('a value with a line break does not look like another row', async () => {
  const { stdout } = await bench.run(['config', '--model', 'x  (flag)\nallow                shell']);
  expect(stdout).toContain('"x  (flag)\\nallow                shell"');
  expect(stdout).not.toMatch(/^allow +shell/m);
});

describe('settings that another user could change are refused, with 6', () => {
  const directory = () => join(bench.env.XDG_CONFIG_HOME ?? '', 'rookery');
  const refused = async (words: string): Promise<void> => {
    for (const args of [['list'], ['config'], ['doctor'], ['config', '--trust']]) {
      const ran = await bench.run(args);
      expect(ran, args.join(' ')).toMatchObject({ code: 6, stdout: '', stderr: expect.stringContaining(words) });
    }
  };

  test('config.toml that everybody can write', async () => {
    await userFile('model = "x"');
    await chmod(join(directory(), 'config.toml'), 0o666);
    await refused(
      `The file of your settings ${directory()}/config.toml can be written by others (mode 0666). Run: chmod 600 ${directory()}/config.toml.`,
    );
  });

  test('the list of trusted projects that its group can write', async () => {
    await projectFile('model = "theirs"\n');
    await bench.run(['config', '--trust']);
    await chmod(join(directory(), 'trusted.json'), 0o620);
    await refused(`The file of trusted projects ${directory()}/trusted.json can be written by others (mode 0620).`);
  });

  test('the directory of both that everybody can write, or in a directory that everybody can write', async () => {
    await userFile('');
    await chmod(directory(), 0o777);
    await refused(`The directory of your settings ${directory()} can be written by others (mode 0777).`);
    await chmod(directory(), 0o700);
    await chmod(join(directory(), '..'), 0o777);
    await refused(`Every user can exchange the directory of your settings ${directory()}, because`);
  });

  test.runIf(process.geteuid?.() === 0)('config.toml of another user', async () => {
    await userFile('model = "x"');
    await chown(join(directory(), 'config.toml'), 65_534, 65_534);
    await refused('belongs to user 65534, and this is user 0');
  });

  test('a list of trusted projects that cannot be understood trusts nothing', async () => {
    await projectFile('model = "theirs"\n');
    for (const text of ['', 'null', '[]', '{"files":[1]}', '{"files":{"rookery.toml":"x"}}', '{"files":']) {
      await mkdir(directory(), { recursive: true });
      await writeFile(join(directory(), 'trusted.json'), text);
      expect((await settings()).model, text).toEqual({ value: null, origin: 'default' });
    }
  });
});

describe('[notify]', () => {
  const webhook = '[notify.webhook]\nurl = "http://127.0.0.1:9/"\n';

  test('is taken from the user’s file: its paths are relative to it', async () => {
    await userFile(
      `[notify]\ncommand = ["./tell", "me"]\nevents = ["failed"]\nstalled_after = "1h"\n${webhook}secret_file = "s"\n`,
    );
    const directory = join(bench.env.XDG_CONFIG_HOME ?? '', 'rookery');
    const hook = { url: 'http://127.0.0.1:9/', secret_file: join(directory, 's') };
    expect((await settings()).notify).toEqual({
      value: {
        ...{ bell: true, desktop: false, command_time: 10_000, stalled_after: 3_600_000 },
        ...{ events: ['failed'], command: [join(directory, 'tell'), 'me'], webhook: hook },
      },
      origin: 'user file',
    });
  });

  test.each([
    [
      'a webhook without a secret',
      webhook,
      /needs a secret from one place: secret_env or secret_file \(from notify in/,
    ],
    ['a webhook with two', `${webhook}secret_env = "A"\nsecret_file = "b"\n`, /from one place/],
    ['a webhook with a password', '[notify.webhook]\nurl = "http://me:you@127.0.0.1/"\n', /without a password/],
    ['an unknown event', '[notify]\nevents = ["lunch"]\n', /events/],
    ['a time that is none', '[notify]\nstalled_after = "soon"\n', /notify\.stalled_after takes a duration, not 'soon'/],
  ])('%s is refused', async (_, text, words) => {
    await userFile(text);
    expect(await bench.run(['list'])).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(words) });
  });
});

describe('[workspace] as a table', () => {
  test('a path, and what other hosts have: paths of the user’s file are relative to it', async () => {
    await userFile('[workspace]\npath = "/srv"\nship = "git"\nbundle_dir = "bundles"\n');
    const bundle_dir = join(bench.env.XDG_CONFIG_HOME ?? '', 'rookery', 'bundles');
    expect(await settings()).toMatchObject({
      workspace: { value: '/srv', origin: 'user file' },
      sharing: { value: { shared: false, ship: 'git', bundle_dir, bundle_max_mb: 200 }, origin: 'user file' },
    });
  });

  test.each([
    ['a project file that speaks of other hosts', 'rookery.toml', '[workspace]\nshared = true\n', 'workspace.shared'],
    ['git without a directory', 'config.toml', '[workspace]\nship = "git"\n', 'no workspace.bundle_dir'],
  ])('%s is refused', async (_, name, text, message) => {
    if (name === 'config.toml') await userFile(text);
    else await projectFile(text);
    if (name === 'rookery.toml') await bench.run(['config', '--trust']);
    const ran = await bench.run(['config']);
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr).toContain(message);
  });
});
