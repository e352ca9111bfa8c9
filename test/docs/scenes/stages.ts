/** What several scenes need: a model for the commands of a page, tasks in a state, and a look at them. */
import { Client, Connection } from '@temporalio/client';
import { expect } from 'vitest';
import { QUERIES } from '../../../src/domain/protocol.js';
import { choosePorts } from '../../../src/server/ports.js';
import { type Bench, openClusterBench } from '../../cli/support.js';
import { inOrder, type ModelScript } from '../../support/book.js';
import { type Gate, gateIn } from '../../support/gate.js';
import { until } from '../../support/until.js';
import type { Place } from '../scene.js';

export const DONE = { content: 'Done.', usage: { input: 2_100, output: 50 } };

/** For commands that name no model. */
export function modelFor({ book }: Bench, script: ModelScript): Record<string, string> {
  return { ROOKERY_PROVIDER: 'litellm', ROOKERY_ENDPOINT: book.url, ROOKERY_MODEL: book.add(script) };
}

export async function otherBench({ later }: Place, env: Record<string, string> = {}): Promise<Bench> {
  const bench = await openClusterBench(env);
  later(() => bench.close());
  return bench;
}

export interface Standing {
  readonly id: string;
  readonly gate: Gate;
}

/** A task whose first tool runs until its gate is opened; then it answers. */
export async function standing(bench: Bench, name: string): Promise<Standing> {
  const gate = gateIn(bench, name);
  const id = await bench.submit([...bench.model(inOrder(gate.reply, DONE)), '--allow', 'shell']);
  await gate.reached();
  return { id, gate };
}

/** The task waits for a person. */
export async function needsPerson(bench: Bench, id: string): Promise<void> {
  const followed = await bench.run(['follow', id]);
  expect(followed, followed.stdout).toMatchObject({ code: 4 });
}

/** So many messages of the task were accepted. */
export async function hasMessages({ env }: Bench, id: string, count: number): Promise<void> {
  const connection = await Connection.connect({ address: env.TEMPORAL_ADDRESS ?? '' });
  const handle = new Client({ connection, namespace: env.TEMPORAL_NAMESPACE ?? '' }).workflow.getHandle(id);
  const accepted = async () => (await handle.query<{ messages: object[] }>(QUERIES.inbox)).messages.length >= count;
  await until(accepted, { what: `${count} messages of the task are accepted` });
  await connection.close();
}

export async function freePort(): Promise<number> {
  return (await choosePorts([])).frontend;
}
