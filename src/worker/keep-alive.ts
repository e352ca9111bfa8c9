/**
 * The recovery work of a worker: fails the activities of a dead process at once, repairs files whose workflow ended
 * without writing them, wakes tasks that waited for this worker's key. Runs at start and on a timer.
 */
import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { sentenceOf } from '../domain/errors.js';
import { WORKER_RESUME } from '../domain/messages.js';
import { FAILURES, SIGNALS, WORKFLOW_TYPE } from '../domain/protocol.js';
import { ALL_SEARCH_ATTRIBUTES, type SearchAttribute, searchAttributesFor, searchNames } from '../domain/search.js';
import { openTasksOf } from '../domain/visibility-queries.js';
import { ACTIVITY_PREFIX } from '../domain/worker-names.js';
import { removeLeftovers } from '../files/atomic-write.js';
import type { Whose, WorkerIdentity } from '../files/running-notes.js';
import { removeAbandonedDirectories } from '../files/temporary-directory.js';
import { removeNotedLeftovers } from '../files/temporary-notes.js';
import type { Online } from '../manager/context.js';
import { describe } from '../manager/describe-workflow.js';
import { rebuildMirror } from '../manager/mirror.js';
import { queryTasks } from '../manager/query-tasks.js';
import { reconcileAll } from '../manager/reconcile.js';
import { noteServed } from '../manager/served-namespace.js';
import { memoPhase } from '../manager/workflow-state.js';
import type { HostNotifier } from '../notify/create-notifier.js';
import { registeredSearchAttributes } from '../server/search-attributes.js';
import type { BackgroundCommands } from '../tools/background/commands.js';
import { createClaims } from '../tools/claims.js';
import { failLost } from './activity-tokens.js';
import { watchBackground } from './background-watch.js';
import { SeenServer } from './seen-server.js';
import { sweepSnapshots } from './sweep-snapshots.js';
import { sweepHomes } from './task-homes.js';
import { tellEnded, tellStalled } from './tell-outside.js';
import { watchFiles } from './watch-files.js';
import { watchPolicy } from './watch-policy.js';

/** With the time that a look takes, files are right within a minute. */
const RECONCILE_INTERVAL_MS = 45_000;
/** A dead worker is noticed by another one of its host within this time. */
const TAKEOVER_INTERVAL_MS = 1_000;
/** The server may just have been handing an activity to a worker that died, and note that afterwards. */
const LATE_HANDOVER_MS = 2_000;
/** The server's number for this state of a pending activity. */
const ACTIVITY_STARTED = 2;

export interface KeepAlive extends Online {
  readonly client: Client;
  readonly announce: (line: string, about?: { readonly task: string }) => void;
  readonly background: BackgroundCommands;
  readonly notifier: HostNotifier;
  readonly redact: (text: string) => string;
  /** Of this worker, as the server knows it. */
  readonly identity: string;
  /** Types of the user's workflows that may run an agent. */
  readonly agentTypes: readonly string[];
  /** What decides about calls beside the remembered rules, as JSON has it. */
  readonly policy: unknown;
  /** A codec encodes the payloads. */
  readonly encrypted: boolean;
  /** Of the person's settings, where the worker keeps files too. */
  readonly configDirectory?: string | undefined;
}

export async function keepAlive(context: KeepAlive): Promise<{ searchable: readonly SearchAttribute[]; stop(): void }> {
  const { client, paths, taskQueue, announce, agentTypes } = context;
  await Promise.all([takeOver(context, 'any'), removeTemporaryLeftovers(context)]);
  await noteServed(context).catch((error) => announce(`the namespace could not be noted: ${sentenceOf(error)}`));
  const registered = await registeredSearchAttributes(client);
  const missing = ALL_SEARCH_ATTRIBUTES.filter((one) => !registered.includes(one));
  if (missing.length > 0) announce(notSearchable(missing));
  const seen = new SeenServer(client);
  const reconcileFiles = async (): Promise<void> => {
    try {
      await seen.look();
      const { since, seenOpen, isSameServer } = seen;
      const repaired = await reconcileAll({ ...context, since, seenOpen, isSameServer });
      for (const id of repaired) announce(`task ${id} ended without a worker: its file was repaired`, { task: id });
      await tellEnded(context);
    } catch (error) {
      announce(`files could not be compared with Temporal: ${sentenceOf(error)}`);
    }
  };
  await wakeWaiting(client, openTasksOf(taskQueue, agentTypes)).catch((error) =>
    announce(`waiting tasks could not be woken: ${sentenceOf(error)}`),
  );
  const notices = async (): Promise<void> => {
    await context.notifier.sweep();
    await tellStalled(context);
  };
  const timers = [
    setInterval(() => void reconcileFiles(), RECONCILE_INTERVAL_MS),
    setInterval(() => void notices().catch(() => undefined), intervalOf(context.notifier)),
    setInterval(() => void takeOver(context, 'visible').catch(() => undefined), TAKEOVER_INTERVAL_MS),
  ];
  void reconcileFiles().then(() => removeStaleFiles(context));
  const restore = (id: string): Promise<unknown> => rebuildMirror(context, { ids: [id] });
  const backgroundWatch = watchBackground(context);
  const fileWatch = await watchFiles({ paths, client, announce, restore });
  const policyWatch = watchPolicy(context);
  return {
    searchable: searchAttributesFor(registered, { encrypted: context.encrypted }),
    stop() {
      for (const timer of timers) clearInterval(timer);
      backgroundWatch.stop();
      fileWatch.stop();
      policyWatch.stop();
    },
  };
}

// ---

/** A standstill is noticed at most a quarter later than it counts. */
function notSearchable(missing: readonly SearchAttribute[]): string {
  return `search attributes are not registered: ${searchNames(missing)}; tasks run without them; \`rookery doctor --fix\` says how to register them`;
}

function intervalOf({ stalledMs }: HostNotifier): number {
  return Math.max(TAKEOVER_INTERVAL_MS, Math.min(RECONCILE_INTERVAL_MS, stalledMs / 4));
}

/** Fails the activities of workers of this host that died. Throws when their notes cannot be listed. */
async function takeOver(context: KeepAlive, whose: Whose): Promise<void> {
  const { client, paths, announce, identity, agentTypes, background } = context;
  const takeover = {
    fail: (token: Uint8Array) => client.activity.fail(token, workerDied()),
    failAllOf: (dead: WorkerIdentity) => {
      void background.recover().catch(() => undefined);
      const failAll = () => failAllOf(client, dead, agentTypes).catch(() => 0);
      // Without an identity of its own, the worker of a container that is started again has that of the dead one.
      if (dead.identity !== identity) setTimeout(failAll, LATE_HANDOVER_MS).unref();
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
async function failAllOf(
  client: Client,
  { identity, taskQueue }: WorkerIdentity,
  agentTypes: readonly string[],
): Promise<number> {
  const { namespace } = client.options;
  let failed = 0;
  for await (const { workflowId, runId } of queryTasks(client, { query: openTasksOf(taskQueue, agentTypes) })) {
    const execution = { workflowId, runId };
    const described = await client.workflowService.describeWorkflowExecution({ namespace, execution });
    const isPackaged = described.workflowExecutionInfo?.type?.name === WORKFLOW_TYPE;
    for (const { activityId, activityType, state, lastWorkerIdentity } of described.pendingActivities ?? []) {
      if (state !== ACTIVITY_STARTED || lastWorkerIdentity !== identity || !activityId) continue;
      // A workflow of the user has activities of the user, with timeouts and retries of their own.
      if (!isPackaged && !activityType?.name?.startsWith(ACTIVITY_PREFIX)) continue;
      failed += await client.activity.fail({ workflowId, runId, activityId }, workerDied()).then(
        () => 1,
        () => 0,
      );
    }
  }
  return failed;
}

/** A new worker may have the key that a task waits for. Tasks of other queues have other workers. */
async function wakeWaiting(client: Client, query: string): Promise<void> {
  for await (const { workflowId, memo } of queryTasks(client, { query })) {
    const message = { id: WORKER_RESUME + randomUUID() };
    // One that has ended meanwhile keeps no other from being woken.
    if (memoPhase(memo)?.phase === 'waiting_person')
      await client.workflow
        .getHandle(workflowId)
        .signal(SIGNALS.resume, message)
        .catch(() => undefined);
  }
}

/** What a worker that was killed has left outside of the work directory. */
async function removeTemporaryLeftovers({ paths, announce }: KeepAlive): Promise<void> {
  await removeAbandonedDirectories();
  await removeNotedLeftovers(paths.temporary).catch((error: unknown) =>
    announce(`what a killed worker left behind could not be removed: ${sentenceOf(error)}`),
  );
}

async function removeStaleFiles({ paths, client, env = {}, configDirectory = paths.side }: KeepAlive): Promise<void> {
  const { workdir, claims, tasks, checkpoints, side } = paths;
  for (const directory of new Set([workdir, claims, tasks, checkpoints, side, configDirectory]))
    await removeLeftovers(directory).catch(() => undefined);
  // A claim is kept as long as its task is not known to be gone.
  const isLive = (task: string): Promise<boolean> =>
    describe(client, task).then(
      (found) => found !== undefined,
      () => true,
    );
  await createClaims(paths.claims)
    .sweep(undefined, isLive)
    .catch(() => undefined);
  const isOpen = (task: string): Promise<boolean> =>
    describe(client, task).then(
      (found) => found?.status.name === 'RUNNING' || found?.status.name === 'PAUSED',
      () => true,
    );
  await sweepHomes(paths.homes, isOpen);
  await sweepSnapshots({ paths, env, isOpen, now: Date.now() });
}
