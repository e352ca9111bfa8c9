/** How far an untrusted project's file narrows: limits downwards, and the workspace within the project. */
import { chownSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { trustProjectFile } from '../../src/config/files.js';
import { type Flags, type Resolved, resolveSettings } from '../../src/config/settings.js';
import { chance, SCALE, SEEDS } from '../support/random.js';

const opened: string[] = [];
let root: string;
let home: string;
let project: string;
let config: string;

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'rookery-untrusted-')));
  opened.push(root);
  home = join(root, 'home');
  project = join(home, 'clone');
  config = join(home, '.config', 'rookery');
  mkdirSync(join(project, 'inner', 'deep'), { recursive: true });
  mkdirSync(config, { recursive: true });
  mkdirSync(join(home, 'other'));
  vi.stubEnv('XDG_CONFIG_HOME', join(home, '.config'));
  vi.stubEnv('HOME', home);
});
afterAll(() => {
  vi.unstubAllEnvs();
  for (const directory of opened) rmSync(directory, { recursive: true });
});

const put = (text: string, directory = project): void => writeFileSync(join(directory, 'rookery.toml'), text);
const user = (text: string): void => writeFileSync(join(config, 'config.toml'), text);
const resolved = (flags: Flags = {}, env: NodeJS.ProcessEnv = {}, cwd = project): Promise<Resolved> =>
  resolveSettings(flags, env, cwd);
const names = ({ ignored }: Resolved): string[] => ignored.map(({ name }) => name);

describe('a limit', () => {
  test.each([
    ['max_iterations = 10', 'max_iterations', 10],
    ['max_iterations = 50', 'max_iterations', 50],
    ['max_total_tokens = 1000', 'max_total_tokens', 1000],
    ['max_output_tokens = 100', 'max_output_tokens', 100],
    ['max_time = "1h"', 'max_time', 3_600_000],
  ] as const)('that is not above what holds counts: %s', async (line, name, value) => {
    put(line);
    const found = await resolved();
    expect(found.settings[name]).toMatchObject({ value, origin: 'project file' });
    expect(found).toMatchObject({ ignored: [], notes: [] });
  });

  test.each([
    ['max_iterations = 51', 'max_iterations', 50],
    ['max_total_tokens = 1000001', 'max_total_tokens', 1_000_000],
    ['max_output_tokens = 8193', 'max_output_tokens', 8_192],
  ] as const)('that is above is ignored and named: %s', async (line, name, value) => {
    put(line);
    const found = await resolved();
    expect(found.settings[name]).toMatchObject({ value, origin: 'default' });
    expect(names(found)).toEqual([name]);
    expect(found.notes).toEqual([expect.stringContaining(`ignored: ${name}. Read it`)]);
  });

  test('is compared with what the user, the environment or a flag says', async () => {
    user('max_time = "10m"\nmax_iterations = 5\n');
    put('max_time = "11m"\nmax_iterations = 6\n');
    expect(names(await resolved())).toEqual(['max_iterations', 'max_time']);
    put('max_time = "9m"\nmax_iterations = 6\n');
    const { settings } = await resolved({ maxIterations: '8' });
    expect(settings.max_time).toMatchObject({ value: 540_000, origin: 'project file' });
    expect(settings.max_iterations).toMatchObject({ value: 8, origin: 'flag' });
    expect(names(await resolved({}, { ROOKERY_MAX_ITERATIONS: '4' }))).toEqual(['max_iterations']);
  });
});

describe('a workspace', () => {
  const workspaceOf = async (value: string, cwd = project): Promise<Resolved> => {
    put(`workspace = ${JSON.stringify(value)}`, cwd);
    return resolved({}, {}, cwd);
  };

  test.each(['inner', './inner/deep', 'inner/../inner', '.'])('%s in the project counts', async (value) => {
    const found = await workspaceOf(value);
    expect(found.settings.workspace).toMatchObject({ value: join(project, value), origin: 'project file' });
    expect(found.notes).toEqual([]);
  });

  const evil = [
    '/',
    '..',
    '../..',
    '../other',
    'inner/../..',
    '/etc',
    '~',
    'none',
    'rookery.toml',
    '.git',
    'inner/.git',
  ];
  const linked = ['to-other', 'to-other/sub', 'to-inner', 'to-root/etc', 'inner/up', 'broken'];
  const protectedNames = ['.ssh', '.config', 'inner/.vscode', '.hidden', 'GIT~1'];
  test.each([...evil, ...linked, ...protectedNames])('%s is ignored and named', async (value) => {
    for (const name of ['.git', 'inner/.git', '.ssh', '.config', 'inner/.vscode', '.hidden', 'GIT~1'])
      mkdirSync(join(project, name), { recursive: true });
    mkdirSync(join(home, 'other', 'sub'));
    symlinkSync('../other', join(project, 'to-other'));
    symlinkSync('inner', join(project, 'to-inner'));
    symlinkSync('/', join(project, 'to-root'));
    symlinkSync('..', join(project, 'inner', 'up'));
    symlinkSync('nowhere', join(project, 'broken'));
    const found = await workspaceOf(value);
    expect(found.settings.workspace).toMatchObject({ value: project, origin: 'default' });
    expect(names(found)).toEqual(['workspace']);
  });

  test('is never the home or what holds it, because the file lies there', async () => {
    user(`workspace = ${JSON.stringify(join(home, 'other'))}`);
    for (const [cwd, value] of [
      [home, '.'],
      [home, 'clone'],
      [root, '.'],
      [root, 'home'],
    ] as const) {
      const found = await workspaceOf(value, cwd);
      expect(found.settings.workspace, value).toMatchObject({ value: join(home, 'other'), origin: 'user file' });
      expect(names(found)).toEqual(['workspace']);
    }
  });

  test('lies within the one that the user has chosen', async () => {
    user(`workspace = ${JSON.stringify(join(project, 'inner'))}`);
    expect(names(await workspaceOf('.'))).toEqual(['workspace']);
    expect((await workspaceOf('inner/deep')).settings.workspace.origin).toBe('project file');
    expect(names(await resolved({ workspace: join(home, 'other') }))).toEqual(['workspace']);
  });

  test('of a trusted file is what it says', async () => {
    await workspaceOf('/etc');
    await trustProjectFile(project, config);
    expect((await resolved()).settings.workspace).toMatchObject({ value: '/etc', origin: 'project file' });
  });
});

/** Spellings from pieces of names, each with what may be meant by it. */
describe('a workspace spelled by chance is in the project, or ignored', () => {
  const PIECES = [
    '..',
    '.',
    'inner',
    'deep',
    'to-other',
    'to-inner',
    'up',
    '.git',
    'other',
    'clone',
    'etc',
    '~',
    'ſ',
    '',
  ];

  test.each(SEEDS)('seed %d', async (seed) => {
    const { below, pick } = chance(seed);
    symlinkSync('../other', join(project, 'to-other'));
    symlinkSync('inner', join(project, 'to-inner'));
    symlinkSync('../..', join(project, 'inner', 'up'));
    mkdirSync(join(project, '.git'));
    const seen = { counts: 0, ignored: 0 };
    for (let n = 0; n < Math.ceil(SCALE * 10_000); n++) {
      const way = Array.from({ length: 1 + below(5) }, () => pick(PIECES)).join('/');
      const value = pick([way, way, `/${way}`, join(project, way), `${project}/${way}`, `${root}/${way}`]);
      put(`workspace = ${JSON.stringify(value)}`);
      const { settings, ignored } = await resolved();
      const { value: path, origin } = settings.workspace;
      if (origin === 'project file') {
        expect(realpathSync(path), value).toBe(path);
        expect(`${path}/`.startsWith(`${project}/`), value).toBe(true);
        expect(path, value).not.toContain('.git');
        seen.counts++;
      } else {
        expect([path, ignored.length], value).toEqual([project, value === '' ? 0 : 1]);
        seen.ignored++;
      }
    }
    expect(seen.counts).toBeGreaterThan(0);
    expect(seen.ignored).toBeGreaterThan(0);
  });
});

describe('the file itself', () => {
  const LIMIT = 'max_iterations = 10\n';

  test.runIf(process.geteuid?.() === 0)('of another user, or in a directory of one, sets nothing at all', async () => {
    put(LIMIT);
    chownSync(join(project, 'rookery.toml'), 65_534, 65_534);
    expect((await resolved()).notes).toEqual([
      expect.stringMatching(/is not trusted and belongs to another user, .* ignored: max_iterations\./),
    ]);
    put(LIMIT);
    chownSync(join(project, 'rookery.toml'), 0, 0);
    expect((await resolved()).notes).toEqual([]);
    chownSync(project, 65_534, 65_534);
    expect(names(await resolved())).toEqual(['max_iterations']);
  });

  test('behind a symlink counts as what lies there, with trust of its own', async () => {
    writeFileSync(join(home, 'other', 'rookery.toml'), 'model = "x"\n');
    await trustProjectFile(join(home, 'other'), config);
    symlinkSync('../other/rookery.toml', join(project, 'rookery.toml'));
    expect((await resolved({}, {}, join(home, 'other'))).settings.model.value).toBe('x');
    expect(names(await resolved())).toEqual(['model']);
  });

  test('that leads to a device is refused, and not read without end', async () => {
    symlinkSync('/dev/zero', join(project, 'rookery.toml'));
    await expect(resolved()).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('it is not a regular file'),
    });
  });

  test('names at most twelve of many settings, in one line', async () => {
    const servers = Array.from({ length: 40 }, (_, n) => `[mcp.server-${n}]\ncommand = "x"\n`);
    put(`${servers.join('')}`);
    const { notes } = await resolved();
    expect(notes).toHaveLength(1);
    expect(notes[0]).toMatch(/^[^\n]*ignored: mcp\.server-0, .*mcp\.server-11 and 28 more\. Read it/);
  });
});

describe('trust', () => {
  const all =
    'tools = ["./tools.mjs"]\nsystem_prompt = "@prompt.md"\n[mcp.x]\ncommand = "./run.sh"\nargs = ["lib/main.js", "-y"]\n';

  test.each(['tools.mjs', 'prompt.md', 'run.sh', 'lib/main.js'])(
    'ends when %s changes, which the file names, and comes back with it',
    async (file) => {
      mkdirSync(join(project, 'lib'));
      for (const name of ['tools.mjs', 'prompt.md', 'run.sh', 'lib/main.js']) writeFileSync(join(project, name), 'one');
      put(all);
      await trustProjectFile(project, config);
      expect((await resolved()).ignored).toEqual([]);
      writeFileSync(join(project, file), 'two');
      const { notes, settings } = await resolved();
      expect(notes).toEqual([expect.stringContaining('has changed since you trusted it')]);
      expect(settings.tools.value).toEqual([]);
      rmSync(join(project, file));
      expect((await resolved()).ignored).not.toEqual([]);
      writeFileSync(join(project, file), 'one');
      expect((await resolved()).ignored).toEqual([]);
    },
  );

  test('is of one path: a copy elsewhere has none', async () => {
    put('model = "x"\n');
    await trustProjectFile(project, config);
    put('model = "x"\n', join(home, 'other'));
    expect(names(await resolved({}, {}, join(home, 'other')))).toEqual(['model']);
    expect((await resolved()).settings.model.value).toBe('x');
  });
});
