/** Starts the tasks from a third machine, a few at once, and waits for their ends through every loss of the server. */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { TASK_QUEUE, type TaskInput, WORKFLOW_TYPE } from '../../src/domain/protocol.js';

/** The end of a task as the server has it; `lost`: it has none. */
export interface Ended {
  readonly id: string;
  readonly status: string;
}

export interface Work {
  readonly client: Client;
  readonly count: number;
  readonly atOnce: number;
  readonly input: TaskInput;
  /** No further task is started. */
  readonly isOver: () => boolean;
  /** Called after each end. */
  readonly onEnd: (ended: number) => void;
}

const LOOK_MS = 500;
/** Without any end for so long, the rest counts as lost. */
const STUCK_MS = 600_000;

export async function runTasks({ client, count, atOnce, input, isOver, onEnd }: Work): Promise<Ended[]> {
  const ended: Ended[] = [];
  const open = new Set<string>();
  let started = 0;
  let lastEnd = Date.now();
  while ((open.size > 0 || (started < count && !isOver())) && Date.now() - lastEnd < STUCK_MS) {
    while (open.size < atOnce && started < count && !isOver()) {
      started++;
      open.add(await start(client, input));
    }
    await pause(LOOK_MS);
    for (const id of open) {
      const status = await statusOf(client, id);
      if (status === undefined || status === 'RUNNING') continue;
      open.delete(id);
      ended.push({ id, status });
      lastEnd = Date.now();
      onEnd(ended.length);
    }
  }
  return [...ended, ...[...open].map((id) => ({ id, status: 'lost' }))];
}

// ---

/** A start whose answer was lost is started again under its own id: it begins once. */
async function start(client: Client, input: TaskInput): Promise<string> {
  const workflowId = randomUUID();
  for (;;) {
    try {
      await client.workflow.start(WORKFLOW_TYPE, { args: [input], taskQueue: TASK_QUEUE, workflowId });
      return workflowId;
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) return workflowId;
      await pause(LOOK_MS);
    }
  }
}

/** @returns undefined while the server does not answer */
async function statusOf(client: Client, id: string): Promise<string | undefined> {
  return client.workflow
    .getHandle(id)
    .describe()
    .then(
      ({ status }) => status.name,
      () => undefined,
    );
}
