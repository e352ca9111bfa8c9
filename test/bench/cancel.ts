/** From a cancel to the end of the task, while it waits for a model, a command or a person; by us and by another program. */
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { QUERIES, type StatusAnswer, TASK_QUEUE, WORKFLOW_TYPE } from '../../src/domain/protocol.js';
import type { TaskFile } from '../../src/domain/wire.js';
import { pathsOf } from '../../src/mirror/paths.js';
import { type Book, inOrder, openBook } from '../support/book.js';
import type { Script } from '../support/llm-server.js';
import { until } from '../support/until.js';
import type { Figure, Section } from './figures.js';
import { type Common, openStage, type Stage } from './stage.js';

const TIMES = 5;
/** Promised to a person who cancels a task, and for one that another program writes as cancelled. */
const MOST_S = { ours: 3, theirs: 2 };

const STUBBORN = "trap '' TERM; touch running-$ROOKERY_TASK; sleep 600 & wait; sleep 600";
const CALL: Script = { calls: [{ id: 'a', name: 'shell', args: { command: STUBBORN } }] };

interface Wait {
  readonly name: string;
  readonly reply: Script;
  readonly allow: readonly string[];
  isReached(scene: Scene): boolean | Promise<boolean>;
}

const WAITS: readonly Wait[] = [
  { name: 'a model', reply: { hang: true }, allow: [], isReached: ({ requests }) => requests() === 1 },
  { name: 'a command that ignores TERM', reply: CALL, allow: ['shell'], isReached: ({ mark }) => existsSync(mark) },
  {
    name: 'an approval',
    reply: CALL,
    allow: [],
    isReached: async ({ phase }) => (await phase()) === 'waiting_approval',
  },
];

export async function cancel(common: Common): Promise<Section[]> {
  const figures: Figure[] = [];
  for (const wait of WAITS) {
    const seconds: Record<keyof typeof MOST_S, number[]> = { ours: [], theirs: [] };
    for (let round = 0; round < common.rounds; round++) {
      for (const by of ['ours', 'theirs'] as const) seconds[by].push(...(await cancelled(common, { wait, by })));
    }
    const figure = (by: keyof typeof MOST_S, name: string): Figure => ({
      name: `waiting for ${wait.name}: ${name}`,
      unit: 's',
      values: seconds[by],
      target: { most: MOST_S[by] },
    });
    figures.push(figure('ours', 'a cancel'), figure('theirs', 'another program writes Cancelled'));
    common.announce(`cancel, waiting for ${wait.name}`);
  }
  return [{ title: `From a cancel to the end of the workflow (${TIMES} tasks a round, one after another)`, figures }];
}

// ---

interface Case {
  readonly wait: Wait;
  readonly by: keyof typeof MOST_S;
}

interface Scene {
  /** A file that the command makes when it runs. */
  readonly mark: string;
  requests(): number;
  phase(): Promise<string>;
}

async function cancelled(common: Common, { wait, by }: Case): Promise<number[]> {
  const book = await openBook();
  const took: number[] = [];
  const stage = await openStage({ ...common, peer: 'rookery', flags: 'ours', settings: { sandbox: 'off' } });
  try {
    for (let n = 0; n < TIMES; n++) took.push(await once(stage, book, { wait, by }));
    return took;
  } finally {
    await stage.close();
    await book.close();
  }
}

async function once({ client, workdir }: Stage, book: Book, { wait, by }: Case): Promise<number> {
  const workflowId = randomUUID();
  const model = book.add(inOrder(wait.reply));
  const chosen = { provider: 'litellm', model, endpoint: book.url, endpoint_origin: 'user', allow: wait.allow };
  const args = [{ prompt: 'Do what the script says.', ...chosen }];
  const handle = await client.workflow.start(WORKFLOW_TYPE, { workflowId, taskQueue: TASK_QUEUE, args });
  const file = pathsOf(workdir).task(workflowId);
  const scene: Scene = {
    mark: join(workdir, '..', 'workspace', `running-${workflowId}`),
    requests: () => book.requestsOf(model).length,
    phase: async () => (await handle.query<StatusAnswer>(QUERIES.status)).phase,
  };
  await until(async () => existsSync(file) && (await wait.isReached(scene)), {
    what: `the task waits for ${wait.name}`,
  });
  const began = performance.now();
  if (by === 'ours') await handle.cancel();
  else writeFileSync(file, cancelledText(readFileSync(file, 'utf8')));
  await handle.result().catch(() => undefined);
  const seconds = (performance.now() - began) / 1_000;
  const { status } = await handle.describe();
  if (status.name !== 'CANCELLED') throw new Error(`the workflow of a cancelled task is ${status.name}`);
  return seconds;
}

function cancelledText(text: string): string {
  const file = JSON.parse(text) as TaskFile;
  return JSON.stringify({ ...file, status: 'Cancelled', updated_at: new Date().toISOString() }, null, 2);
}
