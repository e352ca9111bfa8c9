/** docs/control.md: a task while it runs, and the tasks of a morning. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Bench } from '../../cli/support.js';
import { inOrder } from '../../support/book.js';
import { scriptedAgent } from '../../support/llm-server.js';
import { until } from '../../support/until.js';
import { withoutSandbox } from '../play.js';
import type { Place, Scene } from '../scene.js';
import { DONE, freePort, hasMessages, modelFor, needsPerson, otherBench, standing } from './stages.js';

const PAGE = 'docs/control.md';
const USAGE = { input: 2_100, output: 50 };
const QUESTION = { question: 'Which database?', choices: ['postgres', 'sqlite'] };
const asks = { calls: [{ id: 'q', name: 'ask_user', args: QUESTION }], usage: USAGE };
const KEYLESS = { status: 401, body: { error: { message: 'invalid key' } } };
const shell = (command: string) => ({ calls: [{ id: 's', name: 'shell', args: { command } }], usage: USAGE });
const lists = { calls: [{ id: 'l', name: 'list_files', args: {} }], usage: USAGE };

export const CONTROL: readonly Scene[] = [
  {
    page: PAGE,
    block: '$ rookery follow 3f2a91c4',
    async stage(place) {
      const bench = await place.bench();
      const tests = join(bench.workspace, 'run-tests');
      writeFileSync(tests, '#!/bin/sh\necho "2 failed, 40 passed"\nexit 1\n', { mode: 0o755 });
      const first = { content: 'I run the tests first.', ...shell('./run-tests') };
      const flags = bench.model(inOrder(first, { content: 'Two tests fail.', usage: USAGE }));
      const id = await bench.submit([...flags, '--allow', 'shell'], 'Make the tests pass');
      return { bench, words: { '3f2a91c4': short(id), ' scripted ': ` ${flags.at(-1)} ` } };
    },
  },
  {
    page: PAGE,
    block: '$ rookery send 6a90f3b1 --interrupt',
    async stage(place) {
      const bench = await place.bench();
      const flags = bench.model(inOrder({ hang: true }, DONE));
      const id = await bench.submit(flags);
      await until(() => bench.requests(flags) > 0, { what: 'the model is asked' });
      return { bench, words: { '6a90f3b1': short(id) } };
    },
  },
  {
    page: PAGE,
    block: '$ rookery approve 4d20c7e9',
    async stage(place) {
      const bench = await place.bench();
      const submit = (...script: Parameters<typeof inOrder>) => bench.submit(bench.model(inOrder(...script)));
      const ids = {
        '4d20c7e9': await submit(shell('touch approved.txt'), DONE),
        '91b3aa06': await submit(shell('touch denied.txt'), DONE),
        c05f8e12: await submit(shell('touch always.txt'), shell('touch always.txt'), DONE),
        e7716b4f: await submit(asks, DONE),
      };
      for (const id of Object.values(ids)) await needsPerson(bench, id);
      return {
        bench,
        words: Object.fromEntries(Object.entries(ids).map(([shown, id]) => [shown, short(id)])),
        after: async () => {
          // The second call of the task is covered by the rule.
          for (const id of Object.values(ids)) expect(await bench.run(['wait', id])).toMatchObject({ code: 0 });
          const made = (name: string): boolean => existsSync(join(bench.workspace, `${name}.txt`));
          expect(['approved', 'denied', 'always'].map(made)).toEqual([true, false, true]);
        },
      };
    },
  },
  {
    page: PAGE,
    block: '$ rookery rerun 1f8e2d60',
    async stage(place) {
      const bench = await place.bench();
      const flags = [...bench.model(inOrder(lists, shell('touch summary.txt'), DONE)), '--allow', 'shell'];
      const id = await bench.submit(flags);
      expect(await bench.run(['wait', id])).toMatchObject({ code: 0 });
      return { bench, words: { '1f8e2d60': short(id) } };
    },
  },
  {
    page: PAGE,
    block: '$ rookery send 810da2bb "Leave',
    async stage(place) {
      const bench = await place.bench();
      const { id, gate } = await standing(bench, 'send');
      const open = async () => {
        await hasMessages(bench, id, 3);
        gate.open();
      };
      return { bench, words: { '810da2bb': short(id) }, during: { 'rookery send 810da2bb "Also': open } };
    },
  },
  {
    page: PAGE,
    block: '$ rookery send 533121ae staging',
    async stage(place) {
      const bench = await place.bench();
      const id = await bench.submit(bench.model(inOrder(asks, DONE)));
      await needsPerson(bench, id);
      return { bench, words: { '533121ae': short(id) } };
    },
  },
  {
    page: PAGE,
    block: '$ rookery send b0de8bf2',
    async stage(place) {
      const bench = await otherBench(place);
      const id = await bench.submit(bench.model(() => KEYLESS));
      await needsPerson(bench, id);
      expect(await bench.run(['down'])).toMatchObject({ code: 0 });
      return { bench, words: { b0de8bf2: short(id) } };
    },
  },
  {
    page: PAGE,
    block: '$ rookery pause 2bfd8b73',
    async stage(place) {
      const bench = await place.bench();
      const { id, gate } = await standing(bench, 'pause');
      return {
        bench,
        words: { '2bfd8b73': short(id) },
        before: { 'rookery wait': () => gate.open() },
        codes: { 'rookery wait': 4 },
      };
    },
  },
  {
    page: PAGE,
    block: '$ rookery run --max-iterations 3',
    async stage(place) {
      const bench = await place.bench();
      const callFor = () => ({ name: 'list_files', args: {} });
      const model = scriptedAgent({ iterations: 5, callFor, final: 'Counted.' });
      return { bench, env: modelFor(bench, model), codes: { 'rookery run': 4 } };
    },
  },
  {
    page: PAGE,
    block: '$ rookery approvals',
    stage: async (place) => ({ bench: (await place.shared('morning', () => morning(place))).bench }),
  },
  {
    page: PAGE,
    block: '$ rookery retry cdb7633f',
    async stage(place) {
      const { bench, flaky } = await place.shared('morning', () => morning(place));
      return {
        bench,
        words: { cdb7633f: short(flaky) },
        codes: { 'rookery retry cdb7633f --max': 0, 'rookery retry cdb7633f': 2 },
        after: () => bench.run(['wait', flaky]),
      };
    },
  },
  {
    page: PAGE,
    block: '$ rookery status 533121ae',
    async stage(place) {
      const { bench, question, model } = await place.shared('morning', () => morning(place));
      return { bench, words: { '533121ae': short(question), 'litellm · scripted': `litellm · ${model}` } };
    },
  },
  {
    page: PAGE,
    block: '$ rookery notify test',
    async stage(place) {
      const bench = await otherBench(place);
      const directory = join(bench.env.XDG_CONFIG_HOME ?? '', 'rookery');
      mkdirSync(directory, { recursive: true });
      const hook = `{ url = "http://127.0.0.1:${await freePort()}/", secret_env = "ROOKERY_WEBHOOK_SECRET" }`;
      writeFileSync(join(directory, 'config.toml'), `[notify]\ncommand = ["/bin/cat"]\nwebhook = ${hook}\n`);
      return { bench, env: { ROOKERY_WEBHOOK_SECRET: 'a secret of a webhook' }, codes: { 'rookery notify': 6 } };
    },
  },
  {
    page: PAGE,
    block: '$ rookery list',
    stage: async (place) => ({ bench: (await place.shared('morning', () => morning(place))).bench }),
  },
];

// ---

function short(id: string): string {
  return id.slice(0, 8);
}

interface Morning {
  readonly bench: Bench;
  readonly question: string;
  /** Of the question's task. */
  readonly model: string | undefined;
  readonly flaky: string;
}

/** The tasks that the page lists, the oldest first. */
async function morning(place: Place): Promise<Morning> {
  const bench = withoutSandbox(await otherBench(place));
  const submit = (prompt: string, flags: readonly string[]) => bench.submit(['--no-check', ...flags], prompt);
  const ended: string[] = [];
  const nightly = ['--name', 'nightly build'];
  ended.push(await submit('Build', [...bench.model(inOrder(lists, DONE)), ...nightly]));
  const notes = { content: 'CHANGELOG.md has the notes of this release.', usage: USAGE };
  ended.push(await submit('Notes', [...bench.model(() => notes), '--name', 'release notes']));
  const endless = bench.model(scriptedCalls());
  const flaky = await submit('Find the flaky test', [...endless, '--name', 'flaky test', '--max-iterations', '3']);
  for (const id of [...ended, flaky]) await bench.run(['wait', id]);
  await submit('Bring the docs up to date', [...bench.model(() => ({ hang: true })), '--name', 'docs']);
  const asking = bench.model(inOrder(asks, DONE));
  const question = await submit('Move the tables to a database', asking);
  const keyless = await submit(
    'Ask',
    bench.model(() => KEYLESS),
  );
  const publish = { calls: [{ id: 'p', name: 'shell', args: { command: 'npm publish' } }], usage: USAGE };
  const approval = await submit('Build', [...bench.model(inOrder(publish, DONE)), ...nightly]);
  await needsPerson(bench, question);
  await needsPerson(bench, keyless);
  await needsPerson(bench, approval);
  return { bench, question, flaky, model: asking.at(-1) };
}

function scriptedCalls() {
  const agent = scriptedAgent({ iterations: 100, callFor: () => ({ name: 'list_files', args: {} }), final: '' });
  return (request: Parameters<typeof agent>[0]) => ({ ...agent(request), usage: USAGE });
}
