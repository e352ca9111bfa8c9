/** Lists of thousands of tasks: what they hold, and how often a file or the server is asked. Never how long they take. */
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { ListedOverview, ListedTask } from '../../src/manager/list.js';
import { BackgroundTaskManager } from '../../src/manager/manager.js';
import { type Paths, pathsOf } from '../../src/mirror/paths.js';
import type { TemporalClient } from '../../src/server/temporal-client.js';
import { writeFinishedTasks } from '../bench/task-files.js';
import { expectStatus } from '../cli/schemas.js';

const TASKS = 5_000;
const opened = vi.hoisted(() => ({ tasks: 0, sidecars: 0 }));

vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  const noted =
    <Open extends (path: string, ...rest: never[]) => unknown>(open: Open) =>
    (path: string, ...rest: never[]) => {
      if (path.endsWith('.json')) opened.tasks++;
      if (path.endsWith('~heads')) opened.sidecars++;
      return open(path, ...rest);
    };
  return { ...fs, openSync: noted(fs.openSync as never), readFileSync: noted(fs.readFileSync as never) };
});

let root: string;
let paths: Paths;
let manager: BackgroundTaskManager;
let requests: string[] = [];

/** A server that has no task. */
const client = {
  options: { namespace: 'default' },
  workflowService: {
    listWorkflowExecutions: async ({ query }: { query: string }) => {
      requests.push(query);
      return { executions: [] };
    },
    countWorkflowExecutions: async ({ query }: { query: string }) => {
      requests.push(query);
      return { count: 0 };
    },
  },
} as unknown as TemporalClient;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'rookery-list-'));
  paths = pathsOf(root);
  writeFinishedTasks(root, TASKS);
  manager = await BackgroundTaskManager.open({ workdir: root, client });
});
afterAll(() => rmSync(root, { recursive: true, force: true }));
beforeEach(() => {
  requests = [];
  Object.assign(opened, { tasks: 0, sidecars: 0 });
});

/** The files are old enough for their summaries to be kept. */
async function later<T>(work: () => Promise<T>): Promise<T> {
  const now = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 5_000);
  try {
    return await work();
  } finally {
    now.mockRestore();
  }
}

async function textsOf(listed: ListedOverview): Promise<string[]> {
  const texts: string[] = [];
  // The bytes of one are gone with the next.
  for (const parts of await manager.statusTexts(listed)) texts.push(parts.map(String).join(''));
  return texts;
}

type Listed = ListedTask<object> & { readonly id: string };
const parsed = (text: string): Listed => JSON.parse(text) as Listed;

test('the first list opens each file once, and asks the server what a list of one task asks', async () => {
  const { tasks, errors } = await later(() => manager.overview());
  expect({ tasks: tasks.length, errors }).toEqual({ tasks: TASKS, errors: [] });
  expect(opened.tasks).toBe(TASKS);
  expect(requests.length).toBeLessThanOrEqual(3);
});

test('the next one opens no file of a task, and one of summaries', async () => {
  const { tasks } = await later(() => manager.overview());
  expect(tasks).toHaveLength(TASKS);
  expect(opened).toEqual({ tasks: 0, sidecars: 1 });
  expect(requests.length).toBeLessThanOrEqual(3);
});

test('its JSON opens each file once and is what the files and the library say', async () => {
  const texts = await later(async () => textsOf(await manager.overview()));
  expect(opened.tasks).toBe(TASKS);
  const { tasks } = await manager.list();
  expect(texts.map(parsed)).toEqual(JSON.parse(JSON.stringify(tasks)));
  for (const text of texts.slice(0, 50)) expectStatus(parsed(text));
});

test('of the newest hundred only those are opened', async () => {
  const texts = await later(async () => {
    const { tasks, errors } = await manager.overview();
    return textsOf({ tasks: tasks.slice(0, 100), errors });
  });
  expect(texts).toHaveLength(100);
  expect(opened.tasks).toBe(100);
});

test('what another program writes is seen: in place, with the old times, and between list and JSON', async () => {
  const [first = '', second = '', third = ''] = readdirSync(paths.tasks)
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.slice(0, -'.json'.length));
  const write = (id: string, field: string, value: unknown): void => {
    const file = { ...(JSON.parse(readFileSync(paths.task(id), 'utf8')) as object), [field]: value };
    writeFileSync(paths.task(id), JSON.stringify(file, null, 2));
  };
  write(first, 'iterations', 99);
  utimesSync(paths.task(first), new Date(0), new Date(0));
  write(second, 'prompt', 'A \u202e, a \u007f and a \u0085.');
  appendFileSync(paths.task(third), ' ');
  const listed = await later(() => manager.overview());
  const texts = await later(async () => {
    write(third, 'prompt', 'Changed.');
    return textsOf(listed);
  });
  const tasks = new Map(texts.map((text) => [parsed(text).id, parsed(text)]));
  expect(tasks.get(first)).toMatchObject({ iterations: 99 });
  expect(tasks.get(third)).toMatchObject({ prompt: 'Changed.' });
  // Given as text, so that the command escapes what a terminal would interpret.
  expect(listed.tasks.find(({ id }) => id === second)).toMatchObject({ plain: undefined });
  expect(tasks.get(second)).toMatchObject({ prompt: 'A \u202e, a \u007f and a \u0085.' });
});
