/**
 * The Temporal plugin, for a Worker or a Client. On a worker it adds the activities, a second worker for the queue of
 * this host, and the recovery of tasks after crashes; on a client it signs.
 */
import { join } from 'node:path';
import { Client, type ClientOptions, type Connection } from '@temporalio/client';
import { SimplePlugin } from '@temporalio/plugin';
import {
  type InjectedSinks,
  type NativeConnection,
  type ReplayWorkerOptions,
  Runtime,
  Worker,
  type WorkerOptions,
} from '@temporalio/worker';
import { type Activities, createActivities, createShared } from '../activities/index.js';
import type { ActivityDeps } from '../activities/ports.js';
import type { WorkerSinks } from './domain/protocol.js';
import { createRedactor } from './domain/redact.js';
import { makeDirectory } from './files/atomic-write.js';
import { openWorkDirectory } from './manager/work-directory.js';
import { hostQueue } from './mirror/host-queue.js';
import { pathsOf } from './mirror/paths.js';
import { createSigner, loadKey } from './signing/signature.js';
import { withSigning } from './signing/signing-client.js';
import { type ClosableAudit, createActivityDeps, createAudit, type DepsContext } from './worker/activity-deps.js';
import { noteWorkerIdentity } from './worker/activity-tokens.js';
import { MAX_CACHED_WORKFLOWS, watchWorkflowCache } from './worker/cache-watch.js';
import { keepAlive } from './worker/keep-alive.js';
import { type CacheCounts, cacheCountsLine, createMetrics } from './worker/metrics.js';
import { type BackgroundTasksOptions, secretsOf } from './worker/plugin-options.js';
import { createWorkerTools, type LiveTools } from './worker/worker-tools.js';

export type { BackgroundTasksOptions } from './worker/plugin-options.js';

/** It is in three events of each step: the default, with a checksum, is a twentieth of a short task's history. */
const BUILD_ID = 'rookery';

type Prepared = Pick<DepsContext, 'paths' | 'key' | 'host' | 'workspace' | 'sandboxed' | 'redact'> & {
  readonly tools: LiveTools;
  readonly audit: ClosableAudit;
};

export class BackgroundTasksPlugin extends SimplePlugin {
  readonly #metrics = createMetrics(() => Runtime.instance().metricMeter);
  #activities: Activities | undefined;
  #searchable = false;

  private constructor(
    private readonly settings: BackgroundTasksOptions,
    private readonly prepared: Prepared,
  ) {
    super({ name: 'rookery.BackgroundTasks' });
  }

  /**
   * Creates the work directory and the signing key if they are missing. Throws `RookeryError`: `environment` or `workdir`
   * when they cannot be used safely, `usage` for two tools of one name.
   */
  static async create(settings: BackgroundTasksOptions): Promise<BackgroundTasksPlugin> {
    const paths = pathsOf(settings.workdir);
    await openWorkDirectory(paths);
    const key = await loadKey(settings.signingKeyFile ?? paths.signingKey);
    const workspace = settings.workspace ?? join(paths.workdir, 'workspace');
    await makeDirectory(workspace);
    const { tools, sandboxed } = await createWorkerTools(settings, paths);
    const redact = createRedactor(secretsOf(settings));
    const prepared = {
      paths,
      key,
      host: await hostQueue(paths),
      workspace,
      tools,
      sandboxed,
      redact,
      audit: createAudit(settings, paths, redact),
    };
    return new BackgroundTasksPlugin(settings, prepared);
  }

  /** The queue of this host: what needs its workspace and its files runs there. */
  get host(): string {
    return this.prepared.host;
  }

  /** Counts of the worker's conversation cache. */
  get seen(): CacheCounts {
    return this.#metrics.seen;
  }

  /** Makes the client sign what it starts. Throws nothing. */
  override configureClient(options: ClientOptions): ClientOptions {
    const signer = createSigner(this.prepared.key, options.namespace ?? 'default');
    return withSigning(super.configureClient(options), signer);
  }

  /**
   * Adds the activities of tasks. Throws `RookeryError` `missing_key` when the options have neither a key nor a default
   * choice.
   */
  override configureWorker(options: WorkerOptions): WorkerOptions {
    const deps = this.#deps(options.namespace ?? 'default');
    const shared = createShared(deps);
    this.#activities = createActivities(deps, shared);
    const { activities, sinks } = options;
    const workerSinks: InjectedSinks<WorkerSinks> = {
      rookery: { begun: { fn: ({ runId }, input) => shared.admission.onWorkflowStarted(runId, input) } },
    };
    return {
      // Measured: the defaults kill running tools at once on SIGTERM, and hide a cancel for a minute.
      shutdownGraceTime: '30 seconds',
      maxHeartbeatThrottleInterval: '1 second',
      defaultHeartbeatThrottleInterval: '1 second',
      stickyQueueScheduleToStartTimeout: '1 second',
      maxCachedWorkflows: MAX_CACHED_WORKFLOWS,
      ...(options.workerDeploymentOptions || options.buildId ? {} : { buildId: BUILD_ID }),
      ...super.configureWorker({
        ...options,
        activities: { ...activities, ...this.#activities },
        sinks: { ...sinks, ...workerSinks },
      }),
    };
  }

  /** A replay has no sink: without this it would complain about each call. Throws nothing. */
  override configureReplayWorker(options: ReplayWorkerOptions): ReplayWorkerOptions {
    const workerSinks: InjectedSinks<WorkerSinks> = { rookery: { begun: { fn: () => undefined } } };
    return super.configureReplayWorker({ ...options, sinks: { ...options.sinks, ...workerSinks } });
  }

  /** Throws what the worker throws, and what keeps the worker of the host's queue from starting. */
  override async runWorker(worker: Worker, next: (worker: Worker) => Promise<void>): Promise<void> {
    const { connection } = worker;
    if (!connection || !this.#activities) return super.runWorker(worker, next);
    const { namespace, identity } = worker.options;
    const client = new Client({ connection: connection as unknown as Connection, namespace, plugins: [this] });
    const { paths, key } = this.prepared;
    const signer = createSigner(key, namespace);
    const keeper = await keepAlive({ client, paths, signer, announce: this.#announce, identity });
    this.#searchable = keeper.searchable;
    const { maxCachedWorkflows: cachedWorkflows = 0 } = worker.options;
    const cacheWatch = watchWorkflowCache({ cachedWorkflows, metrics: this.#metrics, announce: this.#announce });
    const identityNote = noteWorkerIdentity(paths.running, identity);
    const hostWorker = await this.#hostWorker(connection, { namespace, identity });
    await this.prepared.tools.start();
    const workerRuns = [hostWorker.run(), next(worker)];
    try {
      await Promise.race(workerRuns);
    } finally {
      keeper.stop();
      cacheWatch.stop();
      if (this.seen.asked > 0) this.#announce(cacheCountsLine(this.seen));
      // When one worker stops, the other stops too, and is awaited: it may still have an unsafe call to finish.
      for (const candidate of [hostWorker, worker]) if (candidate.getState() === 'RUNNING') candidate.shutdown();
      await Promise.allSettled(workerRuns)
        .then(() => Promise.all(workerRuns))
        .finally(() => identityNote.done())
        .finally(() => this.prepared.tools.stop())
        .finally(() => this.prepared.audit.close());
    }
  }

  #hostWorker(connection: NativeConnection, as: { namespace: string; identity: string }): Promise<Worker> {
    return Worker.create({
      connection,
      ...as,
      taskQueue: this.prepared.host,
      buildId: BUILD_ID,
      activities: { ...this.#activities },
      shutdownGraceTime: '30 seconds',
      maxHeartbeatThrottleInterval: '1 second',
      defaultHeartbeatThrottleInterval: '1 second',
    });
  }

  get #announce(): (line: string) => void {
    return this.settings.announce ?? (() => undefined);
  }

  #deps(namespace: string): ActivityDeps {
    return createActivityDeps({
      ...this.prepared,
      settings: this.settings,
      namespace,
      metrics: this.#metrics,
      searchable: () => this.#searchable,
    });
  }
}
