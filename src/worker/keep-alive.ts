/**
 * The recovery work of a worker: fails the activities of a dead process at once, repairs files whose workflow ended
 * without writing them, wakes tasks that waited for this worker's key. Runs at start and on a timer.
 */
import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { sentenceOf } from '../domain/errors.js';
import { WORKER_RESUME } from '../domain/messages.js';
import { FAILURES, MEMO_PHASE, OPEN_TASKS, SIGNALS } from '../domain/protocol.js';
import { removeLeftovers } from '../files/atomic-write.js';
import type { Online } from '../manager/context.js';
import { rebuildMirror } from '../manager/mirror.js';
import { reconcileAll } from '../manager/reconcile.js';
import type { Paths } from '../mirror/paths.js';
import { searchAttributesRegistered } from '../server/connect.js';
import { createClaims } from '../tools/claims.js';
import { failLost, type Whose } from './activity-tokens.js';
import { watchFiles } from './watch-files.js';

const RECONCILE_INTERVAL_MS = 60_000;
/** A dead worker is noticed by another one of its host within this time. */
const TAKEOVER_INTERVAL_MS = 1_000;
/** The server may just have been handing an activity to a worker that died, and note that afterwards. */
const LATE_HANDOVER_MS = 2_000;
/** The server's number for this state of a pending activity. */
const ACTIVITY_STARTED = 2;

export interface KeepAlive extends Online {
  readonly client: Client;
  readonly announce: (line: string) => void;
  /** Of this worker, as the server knows it. */
  readonly identity: string;
}

export async function keepAlive(context: KeepAlive): Promise<{ searchable: boolean; stop(): void }> {
  const { client, paths, announce } = context;
  await takeOver(context, 'any');
  const searchable = await searchAttributesRegistered(client);
  const reconcileFiles = async (): Promise<void> => {
    try {
      for (const id of await reconcileAll(context))
        announce(`task ${id} ended without a worker: its file was repaired`);
    } catch (error) {
      announce(`files could not be compared with Temporal: ${sentenceOf(error)}`);
    }
  };
  await wakeWaiting(client).catch((error) => announce(`waiting tasks could not be woken: ${sentenceOf(error)}`));
  const timers = [
    setInterval(() => void reconcileFiles(), RECONCILE_INTERVAL_MS),
    setInterval(() => void takeOver(context, 'visible').catch(() => undefined), TAKEOVER_INTERVAL_MS),
  ];
  void reconcileFiles().then(() => removeStaleFiles(paths, client));
  const restore = (id: string): Promise<unknown> => rebuildMirror(context, [id]);
  const fileWatch = await watchFiles({ paths, client, announce, restore });
  return {
    searchable,
    stop() {
      for (const timer of timers) clearInterval(timer);
      fileWatch.stop();
    },
  };
}

// ---

/** Fails the activities of workers of this host that died. Throws when their notes cannot be listed. */
async function takeOver(context: KeepAlive, whose: Whose): Promise<void> {
  const { client, paths, announce, identity } = context;
  const takeover = {
    fail: (token: Uint8Array) => client.activity.fail(token, workerDied()),
    failAllOf: (dead: string) => {
      const failAll = () => failAllOf(client, dead).catch(() => 0);
      // Without an identity of its own, the worker of a container that is started again has that of the dead one.
      if (dead !== identity) setTimeout(failAll, LATE_HANDOVER_MS).unref();
      return failAll();
    },
  };
  const lost = await failLost(paths.running, takeover, whose);
  if (lost > 0) announce(`took over ${lost} activities of a worker that died`);
}

function workerDied(): ApplicationFailure {
  return ApplicationFailure.create({ type: FAILURES.workerLost, message: 'The worker died.', nextRetryDelay: '10ms' });
}

/**
 * Fails what a dead worker was given and had not noted, which would otherwise be detected only after its heartbeat
 * timeout.
 */
async function failAllOf(client: Client, identity: string): Promise<number> {
  let failed = 0;
  for await (const { workflowId, runId } of client.workflow.list({ query: OPEN_TASKS })) {
    const { raw } = await client.workflow.getHandle(workflowId, runId).describe();
    for (const { activityId, state, lastWorkerIdentity } of raw.pendingActivities ?? []) {
      if (state !== ACTIVITY_STARTED || lastWorkerIdentity !== identity || !activityId) continue;
      failed += await client.activity.fail({ workflowId, runId, activityId }, workerDied()).then(
        () => 1,
        () => 0,
      );
    }
  }
  return failed;
}

/** A new worker may have the key that a task waits for. */
async function wakeWaiting(client: Client): Promise<void> {
  for await (const { workflowId, memo } of client.workflow.list({ query: OPEN_TASKS })) {
    const phase = (memo?.[MEMO_PHASE] as { phase?: string } | undefined)?.phase;
    const message = { id: WORKER_RESUME + randomUUID() };
    if (phase === 'waiting_person') await client.workflow.getHandle(workflowId).signal(SIGNALS.resume, message);
  }
}

async function removeStaleFiles(paths: Paths, client: Client): Promise<void> {
  for (const directory of [paths.tasks, paths.checkpoints, paths.side])
    await removeLeftovers(directory).catch(() => undefined);
  const isLive = (task: string): Promise<boolean> =>
    client.workflow
      .getHandle(task)
      .describe()
      .then(
        () => true,
        () => false,
      );
  await createClaims(paths.claims)
    .sweep(undefined, isLive)
    .catch(() => undefined);
}
