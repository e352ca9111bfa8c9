/**
 * Ends background commands whose task has ended or has gone to another host, where no activity tells this worker of it: a
 * terminated workflow, or an end that another worker of this host recorded. Asks the server only while commands run.
 */
import type { Client } from '@temporalio/client';
import { hostIn, isElsewhere } from '../domain/task-memo.js';
import { describe } from '../manager/describe-workflow.js';
import type { BackgroundCommands } from '../tools/background/commands.js';

export interface WatchedCommands {
  readonly client: Client;
  /** Name of this host. */
  readonly here: string;
  readonly background: BackgroundCommands;
}

const INTERVAL_MS = 2_000;

/** Begins with what workers that have died left running. */
export function watchBackground({ client, here, background }: WatchedCommands): { stop(): void } {
  void background.recover().catch(() => undefined);
  let isLooking = false;
  const look = async (): Promise<void> => {
    if (isLooking) return;
    isLooking = true;
    try {
      for (const task of background.tasks) {
        if (await hasLeft(client, task, here)) await background.endTask(task);
      }
    } catch {
      // The server does not answer: nothing is known of the tasks.
    } finally {
      isLooking = false;
    }
  };
  const timer = setInterval(() => void look(), INTERVAL_MS);
  return { stop: () => clearInterval(timer) };
}

// ---

/** A task that is not found may be one of another namespace: only what the server says of it counts. */
async function hasLeft(client: Client, task: string, here: string): Promise<boolean> {
  const found = await describe(client, task);
  if (!found) return false;
  const isOpen = found.status.name === 'RUNNING' || found.status.name === 'PAUSED';
  return !isOpen || isElsewhere(hostIn(found.memo), { here });
}
