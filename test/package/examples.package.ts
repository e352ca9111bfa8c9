/** The examples, each as the small project that it is: installed with the tarball beside it, and run. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Book, openBook } from '../support/book.js';
import { testCli } from '../support/own-server.js';
import { installProject, type Project, skipWithout } from './installed.js';

/** What the last lines of its output must say. */
const ENDS: Readonly<Record<string, RegExp>> = {
  'child-workflow': /Report on this folder, after \d+ iterations:\n.*package\.json/s,
  'own-tools': /The shop must order pears\.\n$/,
  testing: /^# fail 0$/m,
  schedule: /\nmorning-\S+: Completed\n$/,
  'worker-with-own-queue': /^Hello, Ada\n.*\ntask-\d+: completed\n$/s,
};
const EXAMPLES = readdirSync('examples', { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() ? [entry.name] : [],
);

let project: Project;
let book: Book;
beforeAll(async () => {
  book = await openBook();
  project = await installProject({ workspaces: EXAMPLES.map((name) => join('examples', name)) });
}, 600_000);
afterAll(async () => {
  await project?.remove();
  await book?.close();
});

test.for(EXAMPLES)('the example %s runs', async (name, context) => {
  skipWithout(project, context);
  const ended = await project.run(join('examples', name), ['npm', 'start', '--silent'], {
    TEMPORAL_CLI: (await testCli()).path,
    ENDPOINT: book.url,
    MODEL: book.add(shop),
  });
  expect(ended, ended.stderr).toMatchObject({ code: 0 });
  expect(ended.stdout).toMatch(ENDS[name] ?? /^$/);
});

// ---

/** Asks the tool about both kinds, and orders what has run out. */
function shop({ messages }: { messages: readonly { role: string; content?: unknown }[] }) {
  const counts = messages.filter(({ role }) => role === 'tool').map(({ content }) => content);
  if (counts.length > 0) return { content: counts[1] === '0' ? 'The shop must order pears.' : `Counted: ${counts}` };
  const calls = ['apples', 'pears'].map((fruit) => ({ id: fruit, name: 'count_stock', args: { fruit } }));
  return { calls };
}
