/**
 * MCP servers run in the sandbox as documented: the documented `npx` line once its package is installed, servers that lie in a
 * home or among temporary files, shims; credentials beside them stay unseen. A task that starts before its servers answer
 * waits for them.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Bench, openClusterBench } from '../cli/support.js';
import { inOrder } from '../support/book.js';
import { sandboxHere } from '../support/sandbox.js';

interface Listed {
  readonly servers: readonly { readonly name: string; readonly ok: boolean; readonly problem: string | null }[];
}

const ROUGH = resolve('test/mcp/rough.mjs');
const PACKAGE = '@modelcontextprotocol/server-filesystem';
const { why } = await sandboxHere();
const noPackage = why === '' ? registryProblem() : '';

let bench: Bench;
beforeEach(async () => {
  bench = await openClusterBench();
});
afterEach(() => bench.close());

const listed = async (env: Record<string, string> = {}) => (await bench.json<Listed>(['mcp', 'list'], { env })).servers;

function configure(servers: Record<string, { command: string; args?: readonly string[]; sandbox?: string }>): void {
  const tables = Object.entries(servers).map(([name, table]) =>
    [`[mcp.${name}]`, ...Object.entries(table).map(([key, value]) => `${key} = ${JSON.stringify(value)}`)].join('\n'),
  );
  put(join(bench.env.XDG_CONFIG_HOME ?? '', 'rookery', 'config.toml'), tables.join('\n\n'));
}

/** What a task was answered whose model asks for these calls at once. */
async function answers(
  calls: readonly { name: string; args: Record<string, unknown> }[],
  flags: readonly string[] = [],
) {
  const wanted = calls.map((call, n) => ({ id: `c${n}`, ...call }));
  const model = bench.model(inOrder({ calls: wanted }, { content: 'Done.' }));
  const names = [...new Set(calls.map(({ name }) => name))].join(',');
  const ran = await bench.run(['run', '--allow', names, '--yes', ...model, ...flags, 'Do it']);
  expect(ran, ran.stderr).toMatchObject({ code: 0 });
  const last = bench.book.requestsOf(model[model.indexOf('--model') + 1] ?? '').at(-1);
  return (last?.messages ?? []).filter(({ role }) => role === 'tool').map(({ content }) => String(content));
}

describe.skipIf(why !== '')(`in the sandbox${why}`, () => {
  test('servers in a home and among temporary files run, with what belongs to them and no credentials', async () => {
    const alone = join(bench.home, 'bin', 'rough.mjs');
    put(alone, readFileSync(ROUGH));
    put(join(bench.home, 'bin', 'token.txt'), 'private');
    const temporary = join(bench.root, 'elsewhere', 'server.mjs');
    put(temporary, `#!/usr/bin/env node\n${readFileSync(ROUGH, 'utf8')}`);
    chmodSync(temporary, 0o755);
    const own = join(bench.home, 'work', 'project');
    put(join(own, 'package.json'), '{"type": "module"}');
    put(join(own, 'dist', 'index.js'), `import './part.js';\nimport 'library';\n${readFileSync(ROUGH, 'utf8')}`);
    put(join(own, 'dist', 'part.js'), '');
    put(join(own, 'node_modules', 'library', 'package.json'), '{"type": "module", "exports": "./index.js"}');
    put(join(own, 'node_modules', 'library', 'index.js'), '');
    const credentials = ['.env', 'certs/server.key', '.git/config'].map((name) => join(own, name));
    for (const file of credentials) put(file, 'private');
    put(join(bench.home, '.ssh', 'id_ed25519'), 'private');
    configure({
      alone: { command: 'node', args: [alone] },
      temporary: { command: temporary },
      own: { command: 'node', args: [join(own, 'dist', 'index.js'), join(bench.home, '.ssh', 'id_ed25519')] },
      whole: { command: 'node', args: [alone, `--all=${bench.home}`, `--keys=${join(bench.home, '.ssh')}`] },
    });
    expect(await listed()).toMatchObject(['alone', 'temporary', 'own', 'whole'].map((name) => ({ name, ok: true })));

    const see = (name: string, path: string) => ({ name: `${name}__see`, args: { text: path } });
    const seen = await answers([
      see('own', join(own, 'package.json')),
      ...credentials.map((path) => see('own', path)),
      see('own', join(bench.home, '.ssh', 'id_ed25519')),
      see('whole', join(bench.home, '.ssh', 'id_ed25519')),
      see('alone', join(bench.home, 'bin', 'token.txt')),
      see('alone', join(bench.home, 'work')),
    ]);
    expect(seen[0]).toContain('"type": "module"');
    for (const answer of seen) expect(answer).not.toContain('private');
    expect(seen.at(-1)).toContain('ENOENT');
  });

  test('what a shim or a link leads to is what runs', async () => {
    const pyenv = join(bench.home, '.pyenv');
    script(join(pyenv, 'shims', 'pyserver'), 'exec "$HOME/.pyenv/libexec/pyenv" exec pyserver "$@"');
    script(join(pyenv, 'libexec', 'pyenv'), 'exit 7');
    for (const version of ['1.0.0', '1.2.3']) program(join(pyenv, 'versions', version, 'bin', 'pyserver'), version);
    put(join(pyenv, 'version'), '1.2.3\n');
    const node = join(bench.home, '.nvm', 'versions', 'node', 'v20.0.0');
    program(join(node, 'lib', 'node_modules', 'server', 'index.mjs'), 'nvm');
    mkdirSync(join(node, 'bin'));
    symlinkSync('../lib/node_modules/server/index.mjs', join(node, 'bin', 'nvmserver'));
    symlinkSync(node, join(bench.home, '.nvm', 'current'));
    const asdf = join(bench.home, '.asdf');
    script(join(asdf, 'shims', 'asdfserver'), 'exec asdf exec asdfserver "$@"');
    for (const version of ['9.0.0', '10.0.0'])
      program(join(asdf, 'installs', 'tool', version, 'bin', 'asdfserver'), version);
    put(join(bench.home, '.tool-versions'), 'tool 9.0.0\n');
    program(join(bench.home, 'opt', 'deep', 'server.mjs'), 'wrapped');
    script(join(bench.home, '.local', 'bin', 'wrapped'), 'exec "$HOME/opt/deep/server.mjs" "$@"');
    configure({
      py: { command: 'pyserver' },
      nvm: { command: 'nvmserver' },
      asdf: { command: 'asdfserver' },
      wrapped: { command: join(bench.home, '.local', 'bin', 'wrapped') },
    });
    const directories = [join(pyenv, 'shims'), join(bench.home, '.nvm', 'current', 'bin'), join(asdf, 'shims')];
    const PATH = [...directories, process.env.PATH].join(':');
    const { servers } = await bench.json<{
      servers: { ok: boolean; problem: string | null; tools: { name: string }[] }[];
    }>(['mcp', 'list'], { env: { PATH } });
    expect(servers.map(({ problem }) => problem)).toEqual([null, null, null, null]);
    const marks = servers.map(({ tools }) => tools.at(-1)?.name);
    expect(marks).toEqual(['py__v1_2_3', 'nvm__vnvm', 'asdf__v9_0_0', 'wrapped__vwrapped']);
  });

  test('a line that would fetch a package says what to type', async () => {
    configure({
      npm: { command: 'npx', args: ['-y', PACKAGE, '.'] },
      uv: { command: 'uvx', args: ['--from', 'mcp-server-time==1.0', 'server-time'] },
    });
    const problems = (await listed()).map(({ problem }) => problem);
    expect(problems[0]).toContain(`the package ${PACKAGE} is not installed`);
    expect(problems[0]).toContain('Type: rookery mcp install npm');
    expect(problems[1]).toContain('Type: rookery mcp install uv');
    expect(await bench.run(['mcp', 'install', 'other'])).toMatchObject({ code: 5 });
    configure({ git: { command: 'npx', args: ['-y', 'git+https://example.com/x.git'] } });
    expect(await bench.run(['mcp', 'install', 'git'])).toMatchObject({ code: 2 });
  });

  test.skipIf(noPackage !== '')(
    `the documented npx line runs once its package is installed${noPackage}`,
    async () => {
      configure({ files: { command: 'npx', args: ['-y', PACKAGE, '.'] } });
      const env = { ...reaching(), NPM_CONFIG_USERCONFIG: join(homedir(), '.npmrc') };
      const installed = await bench.run(['mcp', 'install', 'files'], { env, timeoutMs: 120_000 });
      expect(installed, installed.stderr).toMatchObject({ code: 0 });
      expect(installed.stdout).toMatch(/^installed: @modelcontextprotocol\/server-filesystem \d/);
      const [home, list] = await answers([
        { name: 'files__write_file', args: { path: 'note.txt', content: 'kept' } },
        { name: 'files__list_directory', args: { path: '.' } },
      ]);
      expect(home).toContain('Successfully wrote');
      expect(list).toContain('note.txt');
      expect(readFileSync(join(bench.paths.workdir, 'mcp', 'files', 'note.txt'), 'utf8')).toBe('kept');
    },
    180_000,
  );
});

test('a task that starts before its server answers waits for it', async () => {
  configure({ slow: { command: process.execPath, args: [ROUGH, '--slow=4000'], sandbox: 'off' } });
  const [answer] = await answers([{ name: 'slow__echo', args: { text: 'there you are' } }]);
  expect(answer).toContain('there you are');
});

// ---

function put(path: string, content: string | Buffer): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

function script(path: string, line: string): void {
  put(path, `#!/bin/sh\n${line}\n`);
  chmodSync(path, 0o755);
}

/** A server that offers one tool, named for which of them it is. */
function program(path: string, mark: string): void {
  const tools = [{ name: `v${mark.replaceAll('.', '_')}`, inputSchema: { type: 'object' } }];
  const body = readFileSync(ROUGH, 'utf8').replace(/^function list\(\) \{$/m, `$&\n  return ${JSON.stringify(tools)};`);
  put(`${path}${path.endsWith('.mjs') ? '' : '.mjs'}`, `#!/usr/bin/env node\n${body}`);
  chmodSync(`${path}${path.endsWith('.mjs') ? '' : '.mjs'}`, 0o755);
  if (path.endsWith('.mjs')) return;
  copyFileSync(`${path}.mjs`, path);
  chmodSync(path, 0o755);
  put(join(dirname(dirname(path)), 'lib', 'keep'), '');
}

/** What this machine needs to reach the registry. */
function reaching(): Record<string, string> {
  const wanted = /^(npm_config_.*|node_extra_ca_certs|ssl_cert_.*|(https?|no|all)_proxy)$/i;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => wanted.test(name))) as Record<
    string,
    string
  >;
}

function registryProblem(): string {
  try {
    execFileSync('npm', ['view', PACKAGE, 'version'], { timeout: 30_000, stdio: 'pipe' });
    return '';
  } catch {
    return ' (skipped: the package cannot be had from the npm registry here)';
  }
}
