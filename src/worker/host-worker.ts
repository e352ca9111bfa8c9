/**
 * The second worker: for the queue of this host, made as the user's worker was, so that codec, interceptors, tuner and
 * limits are the same for what runs on it.
 */
import type { NativeConnection, Runtime, Worker, WorkerDeploymentOptions, WorkerOptions } from '@temporalio/worker';
import { hostQueueOf } from '../domain/worker-names.js';
import type { Registration } from './registration.js';

export function createHostWorker(worker: Worker, { options, activities }: Registration, host: string): Promise<Worker> {
  const { workflowsPath, workflowBundle, bundlerOptions, nexusServices, plugins, ...same } = options;
  const { namespace, identity } = worker.options;
  const { workerDeploymentOptions: deployment } = options;
  // The class of the given worker: with another copy of the SDK, the connection is none of ours.
  const { create } = worker.constructor as typeof Worker;
  return create.call(worker.constructor, {
    ...same,
    ...(deployment && { workerDeploymentOptions: unversioned(deployment) }),
    namespace,
    identity,
    taskQueue: hostQueueOf(options.taskQueue, host),
    activities,
    connection: withoutPlugins(worker.connection as NativeConnection),
  } satisfies WorkerOptions);
}

/** The meter of the copy of the SDK that made the worker. */
export function meterOf(worker: Worker): Runtime['metricMeter'] {
  return (worker as unknown as { readonly runtime: Runtime }).runtime.metricMeter;
}

// ---

/**
 * What needs the files of a host runs there with whichever build the host has: with a version of its own, a task that is
 * pinned to the build before it would wait for ever, because a work directory has one worker.
 */
function unversioned({ version }: WorkerDeploymentOptions): WorkerDeploymentOptions {
  return { version, useWorkerVersioning: false };
}

/** The plugins of the connection have shaped the options already; a second time would double what they add. */
function withoutPlugins(connection: NativeConnection): NativeConnection {
  return Object.create(connection, { plugins: { value: [] } }) as NativeConnection;
}
