/** Pages on a task and its answer: README.md, answers.md, sandbox.md, encryption.md, worktrees.md. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect } from 'vitest';
import { shortId } from '../../../src/domain/task-id.js';
import { makeGitProject } from '../../cli/git-project.js';
import { inOrder } from '../../support/book.js';
import type { Scene } from '../scene.js';
import { DONE, freePort, modelFor, otherBench } from './stages.js';

export const README: readonly Scene[] = [
  {
    page: 'README.md',
    block: 'npm i -g rookery',
    notHere: { 'npm i -g rookery': 'registry', 'npx rookery': 'registry' },
  },
  { page: 'README.md', block: 'npm ci', notHere: { 'npm ci': 'registry' } },
  {
    page: 'README.md',
    block: 'npm start',
    notHere: { 'npm test': 'tests' },
    needs: ['npm'],
    async stage(place) {
      const bench = await place.bench();
      return {
        bench,
        cwd: resolve('.'),
        env: { ROOKERY_PROVIDER: 'demo' },
        after: ([printed]) => expect(printed).toContain('README.md'),
      };
    },
  },
  {
    page: 'README.md',
    block: 'npx --no-install rookery run --provider litellm',
    needs: ['npx'],
    async stage(place) {
      const bench = await place.bench();
      const { ROOKERY_MODEL = '', ...env } = modelFor(bench, () => DONE);
      return {
        bench,
        cwd: resolve('.'),
        words: { 'http://127.0.0.1:8000': bench.book.url, 'my-model': ROOKERY_MODEL },
        env: { ...env, ROOKERY_MODEL, ROOKERY_WORKSPACE: bench.workspace },
      };
    },
  },
];

export const TASKS: readonly Scene[] = [
  {
    page: 'docs/answers.md',
    block: '$ cat colour.schema.json',
    async stage(place) {
      const bench = await place.bench();
      writeFileSync(
        join(bench.workspace, 'colour.schema.json'),
        '{"type": "object", "properties": {"colour": {"type": "string"}}, "required": ["colour"], "additionalProperties": false}\n',
      );
      return {
        bench,
        env: modelFor(bench, () => ({ content: '{"colour": "red"}' })),
        after: () => {
          expect(JSON.parse(readFileSync(join(bench.workspace, 'colour.json'), 'utf8'))).toEqual({ colour: 'red' });
        },
      };
    },
  },
  {
    page: 'docs/sandbox.md',
    block: 'rookery submit --allow shell',
    async stage(place) {
      const bench = await place.bench();
      return { bench, env: modelFor(bench, () => DONE) };
    },
  },
  {
    page: 'docs/encryption.md',
    block: 'rookery codec-key',
    async stage(place) {
      const bench = await place.shared('encrypted', () => otherBench(place));
      mkdirSync(join(bench.env.XDG_CONFIG_HOME ?? '', 'rookery'), { recursive: true });
      const words = { '~/.config': bench.env.XDG_CONFIG_HOME ?? '', '$HOME/.config': bench.env.XDG_CONFIG_HOME ?? '' };
      return { bench, words, env: modelFor(bench, () => DONE) };
    },
  },
  {
    page: 'docs/encryption.md',
    block: 'rookery codec-server',
    async stage(place) {
      const bench = await place.shared('encrypted', () => otherBench(place));
      const cwd = join(bench.env.XDG_CONFIG_HOME ?? '', 'rookery');
      const { tasks } = await bench.json<{ tasks: { id: string }[] }>(['list', '--codec', `aes:${cwd}/codec.keys`]);
      const port = await freePort();
      return {
        bench,
        cwd,
        words: {
          '127.0.0.1:8888': `127.0.0.1:${port}`,
          '-w ID': `-w ${tasks[0]?.id}`,
          'codec-server ': `codec-server --port ${port} `,
        },
        serving: { 'rookery codec-server': /^http:\/\/127\.0\.0\.1:\d+$/m },
        after: ([, result]) => expect(result).toContain('Done.'),
      };
    },
  },
  {
    page: 'docs/worktrees.md',
    block: '$ rookery submit --worktree',
    needs: ['git'],
    async stage(place) {
      const bench = await place.bench();
      const project = makeGitProject(bench);
      project.put('a.txt', 'not committed\n');
      const files = ['docs/b.txt', 'new.txt'].map((path, n) => ({
        id: `c${n}`,
        name: 'write_file',
        args: { path, content: 'changed\n', overwrite: true },
      }));
      const wait = async () => {
        const { tasks } = await bench.json<{ tasks: { id: string }[] }>(['list', '--limit', '1']);
        expect(await bench.run(['wait', tasks[0]?.id ?? ''])).toMatchObject({ code: 0 });
      };
      const env = modelFor(bench, inOrder({ calls: files }, DONE));
      const other = ['--worktree', '--workspace', project.path, '--allow', 'write'];
      const discarded = await bench.submit([...other, ...bench.model(inOrder({ calls: files }, DONE))]);
      expect(await bench.run(['wait', discarded])).toMatchObject({ code: 0 });
      return {
        bench,
        cwd: project.path,
        words: { '77c0d1e2': shortId(discarded) },
        env,
        before: { 'rookery diff': wait },
        after: ([, patch]) => expect(patch).toContain('+changed'),
      };
    },
  },
];
