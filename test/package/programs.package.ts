/**
 * Programs of a user in a project with the tarball: ESM, CommonJS and TypeScript, with the oldest SDK that the package allows
 * and the one that it is developed with.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testCli } from '../support/own-server.js';
import { installProject, type Project, skipWithout } from './installed.js';

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as {
  readonly peerDependencies: Record<string, string>;
  readonly devDependencies: Record<string, string>;
};
const PACKAGES = ['activity', 'client', 'common', 'testing', 'worker', 'workflow'].map((name) => `@temporalio/${name}`);
const OLDEST = (manifest.peerDependencies['@temporalio/worker'] ?? '').replace('^', '');
const NEWEST = manifest.devDependencies['@temporalio/client'] ?? '';
const FOLDER = 'test/package/programs';
const TSC = resolve('node_modules/typescript/bin/tsc');
const STRICT = ['--noEmit', '--strict', '--target', 'es2022', '--lib', 'es2023', '--types', 'node', '--skipLibCheck'];

describe.each([OLDEST, NEWEST])('with the SDK %s', (version) => {
  let project: Project;
  beforeAll(async () => {
    const dependencies = Object.fromEntries(PACKAGES.map((name) => [name, version]));
    project = await installProject({ dependencies: { ...dependencies, zod: '^4.0.0' }, folders: [FOLDER] });
  }, 600_000);
  afterAll(() => project?.remove());

  test('there is one copy of the SDK', async (context) => {
    skipWithout(project, context);
    const { stdout } = await project.run('.', ['npm', 'ls', '--all', '--json', ...PACKAGES]);
    const versions = [...stdout.matchAll(/"@temporalio\/\w+": \{\s+"version": "([^"]+)"/g)].map(([, one]) => one);
    expect(new Set(versions)).toEqual(new Set([version]));
  });

  test.for(['two-plugins.mjs', 'codec-on-two-hosts.mjs', 'test-environment.mjs', 'commonjs.cjs'])(
    '%s runs',
    async (program, context) => {
      skipWithout(project, context);
      const ended = await project.run(FOLDER, [process.execPath, program], { TEMPORAL_CLI: (await testCli()).path });
      expect(ended, ended.stderr).toMatchObject({ code: 0 });
    },
  );

  test.for([
    ['node16', ['--module', 'node16']],
    ['nodenext', ['--module', 'nodenext']],
    ['bundler', ['--module', 'esnext', '--moduleResolution', 'bundler']],
  ] as const)('TypeScript finds every type with the module resolution %s', async ([_, flags], context) => {
    skipWithout(project, context);
    const ended = await project.run(FOLDER, [process.execPath, TSC, ...STRICT, ...flags, 'types.mts']);
    expect(ended, ended.stdout).toMatchObject({ code: 0 });
  });
});
