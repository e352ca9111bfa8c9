/**
 * Watches whether all open tasks fit into the memory of this worker. One that does not is replayed from its history at
 * each step: measured, three times the cost. Says so once, and again when it has been otherwise.
 */
import type { Client } from '@temporalio/client';
import { WORKFLOW_TYPE } from './domain/protocol.js';
import type { Metrics } from './metrics.js';

const EVERY_MS = 60_000;
const OPEN = `WorkflowType = '${WORKFLOW_TYPE}' AND ExecutionStatus = 'Running'`;

export interface Room {
  readonly client: Client;
  /** How many workflows the worker keeps in memory. */
  readonly kept: number;
  readonly metrics: Metrics;
  readonly announce: (line: string) => void;
}

export interface Watching {
  look(): Promise<void>;
  stop(): void;
}

export function watchRoom(room: Room, everyMs = EVERY_MS): Watching {
  let told = false;
  const look = async (): Promise<void> => {
    const { count } = await room.client.workflow.count(OPEN);
    room.metrics.tasks(count, room.kept);
    const crowded = count > room.kept;
    if (crowded && !told) room.announce(crowdedLine(count, room.kept));
    told = crowded;
  };
  const timer = setInterval(() => void look().catch(() => undefined), everyMs);
  timer.unref();
  return { look, stop: () => clearInterval(timer) };
}

// ---

function crowdedLine(open: number, kept: number): string {
  return (
    `${open} tasks are open, and this worker keeps ${kept} of them in memory: each step of the others is replayed from ` +
    'history, which costs about three times as much. Give it more memory (node --max-old-space-size), set ' +
    'maxCachedWorkflows, or start a worker on another host.'
  );
}
