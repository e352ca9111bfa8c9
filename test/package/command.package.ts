/** The command as people get it: installed globally, or fetched for one run, with nothing in the home directory. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testCli } from '../support/own-server.js';
import { installGlobally, type Project, skipWithout } from './installed.js';
import { runIn } from './npm.js';
import { pythonWithSdk } from './python.js';
import { sizeReport } from './size.js';

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

let project: Project;
let home: NodeJS.ProcessEnv;
beforeAll(async () => {
  project = await installGlobally();
  const HOME = join(project.directory, 'home');
  home = { HOME, ROOKERY_TEMPORAL_CLI: (await testCli()).path };
}, 600_000);
afterAll(() => project?.remove());

test('rookery --version', async (context) => {
  skipWithout(project, context);
  const ended = await project.run('.', [join(project.directory, 'bin', 'rookery'), '--version'], home);
  expect(ended).toMatchObject({ code: 0, stdout: `${version}\n` });
});

test('rookery run answers with the demo model', async (context) => {
  skipWithout(project, context);
  const folder = 'somewhere';
  await mkdir(join(project.directory, folder));
  const command = join(project.directory, 'bin', 'rookery');
  const server = { TEMPORAL_ADDRESS: '', TEMPORAL_NAMESPACE: '' };
  const ended = await project.run(folder, [command, 'run', 'What is here?'], { ...home, ...server });
  const down = await project.run(folder, [command, 'down'], { ...home, ...server });
  expect(ended, ended.stderr).toMatchObject({ code: 0, stdout: expect.stringMatching(/demo/i) });
  expect(down, down.stderr).toMatchObject({ code: 0 });
});

test('npx runs it from the tarball, without the registry', async (context) => {
  skipWithout(project, context);
  const tarball = readdirSync(project.directory).find((name) => name.endsWith('.tgz')) ?? '';
  const line = ['npx', '--offline', '--yes', '--package', join(project.directory, tarball), 'rookery', '--version'];
  const ended = await project.run('.', line).finally(removeFetched);
  expect(ended, ended.stderr).toMatchObject({ code: 0, stdout: `${version}\n` });
});

test.runIf(process.env.SCALE === '1')('a Python client starts a task with an input that it signed', async (context) => {
  skipWithout(project, context);
  const python = await pythonWithSdk();
  if ('missing' in python) return context.skip(python.missing);
  const env = { ...home, ROOKERY_WORKDIR: join(project.directory, 'cluster') };
  const rookery = async (...words: string[]) => {
    const ended = await project.run('.', [join(project.directory, 'bin', 'rookery'), ...words], env);
    expect(ended, ended.stderr).toMatchObject({ code: 0 });
    return ended.stdout;
  };
  await rookery('up', '-d');
  try {
    const signed = await rookery('sign', '--id', 'from-python', '--provider', 'demo', 'Look.');
    const program = resolve('test/package/programs/client.py');
    const ended = await project.run('.', [python.path, program, 'from-python', signed]);
    expect(ended, ended.stderr).toMatchObject({ code: 0, stdout: expect.stringContaining('"status": "Completed"') });
  } finally {
    await rookery('down');
  }
});

test('its size on disk is reported, and little of it is ours', async (context) => {
  skipWithout(project, context);
  const { lines, total, own } = sizeReport(join(project.directory, 'lib', 'node_modules', 'rookery'));
  console.log(lines.join('\n'));
  expect(own).toBeLessThan(total / 4);
});

// ---

/** npx keeps what it installs, in a folder for each tarball. */
async function removeFetched(): Promise<void> {
  const { stdout } = await runIn('.', ['npm', 'config', 'get', 'cache']);
  const folders = join(stdout.trim(), '_npx');
  if (!existsSync(folders)) return;
  for (const name of readdirSync(folders)) {
    const manifest = join(folders, name, 'package.json');
    const isOurs = existsSync(manifest) && readFileSync(manifest, 'utf8').includes(basename(project.directory));
    if (isOurs) await rm(join(folders, name), { recursive: true });
  }
}
