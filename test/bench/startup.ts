/** What a person waits for before anything happens: a list, a help page, the first start of all, a submit. */
import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { BackgroundTaskManager } from '../../src/manager/manager.js';
import { connectTemporal } from '../../src/server/connect.js';
import type { LlmServer } from '../support/llm-server.js';
import { until } from '../support/until.js';
import { environmentFor, rookery, timed } from './command.js';
import { median, ratios, type Section } from './figures.js';
import { flagsFor, now, withModel, withServer } from './scene.js';
import { writeFinishedTasks } from './task-files.js';

export interface StartupOptions {
  readonly rounds: number;
  readonly scratch: string;
  announce(line: string): void;
}

const TASKS = 5_000;
const RUNS = 5;
const SUBMITS = 20;
const WARM_UP = 3;

export async function startup(options: StartupOptions): Promise<Section[]> {
  const sections: Section[] = [];
  for (const part of [lists, help, coldStart, submits]) sections.push(await part(options));
  return sections;
}

// ---

type Values = Record<string, number[]>;

async function lists({ rounds, scratch, announce }: StartupOptions): Promise<Section> {
  const values: Values = {};
  for (let round = 1; round <= rounds; round++) {
    announce(`startup: lists, round ${round}`);
    const workdir = join(scratch, `list-${round}`);
    writeFinishedTasks(workdir, TASKS);
    const env = environmentFor(workdir);
    // Files of this very moment are read each time; those of a work directory in use are not.
    await pause(1_500);
    note(values, 'the first list of all', (await rookery(['list'], env)).ms);
    const look = async (where: string): Promise<void> => {
      for (const flags of [[], ['--json']]) {
        const name = ['list', ...flags, where].join(' ');
        note(values, name, await medianOf(RUNS, async () => (await rookery(['list', ...flags], env)).ms));
      }
    };
    await look('without a server');
    await withModel('hang', (model) =>
      withServer(env, async () => {
        for (let n = 0; n < 3; n++) await rookery(['submit', ...flagsFor(model), 'Wait.'], env);
        await until(() => model.requests.length === 3, { what: 'three tasks run' });
        await look('with a server');
      }),
    );
  }
  return sectionOf(`A list of ${TASKS} tasks`, values, 300);
}

async function help({ rounds, scratch, announce }: StartupOptions): Promise<Section> {
  announce('startup: help');
  const env = environmentFor(join(scratch, 'help'));
  const [ours, empty]: [number[], number[]] = [[], []];
  for (let round = 1; round <= rounds; round++) {
    ours.push(await medianOf(RUNS, async () => (await rookery(['--help'], env)).ms));
    empty.push(await medianOf(RUNS, async () => (await timed(process.execPath, ['-e', '0'], env)).ms));
  }
  const over = ours.map((ms, round) => ms - (empty[round] ?? Number.NaN));
  return sectionOf('The help page', { 'rookery --help, over an empty Node': over }, 120);
}

async function coldStart({ rounds, scratch, announce }: StartupOptions): Promise<Section> {
  const values: Values = {};
  for (let round = 1; round <= rounds; round++) {
    announce(`startup: cold start, round ${round}`);
    const workdir = join(scratch, `cold-${round}`);
    await withModel('answer', async (model) => {
      const more = { ROOKERY_PROVIDER: 'litellm', ROOKERY_ENDPOINT: model.url, ROOKERY_MODEL: 'x' };
      const env = environmentFor(workdir, more);
      const started = Date.now();
      try {
        const { ms } = await timed('npm', ['start', '--', 'hello'], env);
        note(values, 'until the first request', (model.requests[0]?.time ?? Number.NaN) - started);
        note(values, 'until its end', ms);
      } finally {
        await rookery(['down'], env);
      }
    });
  }
  const { figures, title } = sectionOf('npm start -- "hello", nothing running', values);
  return { title, figures: figures.map((one, n) => (n === 0 ? { ...one, target: { most: 3_000 } } : one)) };
}

async function submits({ rounds, scratch, announce }: StartupOptions): Promise<Section> {
  const bundle = await bareBundle(scratch);
  const [ours, bare]: [number[], number[]] = [[], []];
  for (let round = 1; round <= rounds; round++) {
    announce(`startup: submits, round ${round}`);
    const workdir = join(scratch, `submit-${round}`);
    const env = environmentFor(workdir);
    await withModel('answer', (model) =>
      withServer(env, async (address) => {
        const client = await connectTemporal({ address, namespace: 'default' });
        const manager = await BackgroundTaskManager.open({ workdir, client });
        const worker = await bareWorker(address, bundle);
        const [oneOurs, oneBare]: [number[], number[]] = [[], []];
        for (let n = 0; n < WARM_UP + SUBMITS; n++) {
          oneBare.push(
            await worker.arrival(async () => {
              const workflowId = randomUUID();
              await client.workflow.start('bare', { taskQueue: 'bare', workflowId });
              return client.workflow.getHandle(workflowId).result();
            }),
          );
          const started = now();
          const asked = model.asked();
          const { id } = await manager.submit({ prompt: 'Say hello.', ...taskFor(model) });
          oneOurs.push((await asked) - started);
          await manager.wait(id);
        }
        worker.stop();
        await client.connection.close();
        ours.push(median(oneOurs.slice(WARM_UP)));
        bare.push(median(oneBare.slice(WARM_UP)));
      }),
    );
  }
  const { title, figures } = sectionOf('A submit, everything warm', {
    'bare start to first activity': bare,
    'submit to first model request': ours,
  });
  const ratio = { name: 'submit, of the bare start', unit: 'ratio', values: ratios(ours, bare), target: { most: 1.5 } };
  return { title, figures: [...figures, ratio] };
}

// ---

async function bareWorker(address: string, bundle: string) {
  const child = fork(fileURLToPath(new URL('./bare-worker.js', import.meta.url)), [address, bundle]);
  await once(child, 'message');
  return {
    /** From before the work until an activity begins; the work is waited for. */
    async arrival(work: () => Promise<unknown>): Promise<number> {
      const started = now();
      const told = once(child, 'message') as Promise<[{ readonly at: number }]>;
      const [[{ at }]] = await Promise.all([told, work()]);
      return at - started;
    },
    stop: () => void child.kill(),
  };
}

async function bareBundle(scratch: string): Promise<string> {
  await mkdir(scratch, { recursive: true });
  const workflowsPath = fileURLToPath(new URL('./bare-workflow.js', import.meta.url));
  const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
  const path = join(scratch, 'bare-bundle.js');
  await writeFile(path, code);
  return path;
}

function taskFor({ url }: LlmServer) {
  return { provider: 'litellm', model: 'x', endpoint: url, endpoint_origin: 'user' as const };
}

async function medianOf(runs: number, once: () => Promise<number>): Promise<number> {
  const values: number[] = [];
  for (let n = 0; n < runs; n++) values.push(await once());
  return median(values);
}

function note(values: Values, name: string, value: number): void {
  values[name] = [...(values[name] ?? []), value];
}

function sectionOf(title: string, values: Values, most?: number): Section {
  const target = most === undefined ? {} : { target: { most } };
  return { title, figures: Object.entries(values).map(([name, values]) => ({ name, unit: 'ms', values, ...target })) };
}
