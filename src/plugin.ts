/**
 * The Temporal plugin, for a Worker or a Client. On a worker it adds the activities, a second worker for the queue of
 * this host, and the recovery of tasks after crashes; on a client it signs.
 */
import { join } from 'node:path';
import {
  Client,
  type ClientOptions,
  type ClientPlugin,
  type Connection,
  type ConnectionPlugin,
} from '@temporalio/client';
import type {
  InjectedSinks,
  NativeConnectionPlugin,
  ReplayWorkerOptions,
  Runtime,
  Worker,
  WorkerOptions,
  WorkerPlugin,
} from '@temporalio/worker';
import { createActivities, createShared } from '../activities/index.js';
import type { ActivityDeps } from '../activities/ports.js';
import { sentenceOf } from './domain/errors.js';
import type { WorkerSinks } from './domain/protocol.js';
import { createRedactor } from './domain/redact.js';
import type { SearchAttribute } from './domain/search.js';
import type { WorkEvent } from './domain/work-event.js';
import { makeDirectory } from './files/atomic-write.js';
import { openWorkDirectory } from './manager/work-directory.js';
import { hostName } from './mirror/host-name.js';
import { pathsOf } from './mirror/paths.js';
import { notePause, noteWait } from './mirror/shown-wait.js';
import { checkOwnModels } from './models/own-models.js';
import { createNotifier, type HostNotifier } from './notify/create-notifier.js';
import { createSigner, loadKey } from './signing/signature.js';
import { withSigning } from './signing/signing-client.js';
import type { BackgroundCommands } from './tools/background/commands.js';
import { tracingApi } from './tracing/api.js';
import { traced } from './tracing/traced-signer.js';
import { type ClosableAudit, createActivityDeps, createAudit, type DepsContext } from './worker/activity-deps.js';
import { noteWorkerIdentity } from './worker/activity-tokens.js';
import { MAX_CACHED_WORKFLOWS, watchWorkflowCache } from './worker/cache-watch.js';
import { createHostWorker, meterOf } from './worker/host-worker.js';
import { type KeepAlive, keepAlive } from './worker/keep-alive.js';
import { taskLogAttributes } from './worker/log-attributes.js';
import { type CacheCounts, cacheCountsLine, createMetrics } from './worker/metrics.js';
import { TaskObserver } from './worker/observer.js';
import { type BackgroundTasksOptions, secretsOf } from './worker/plugin-options.js';
import { Registrations } from './worker/registration.js';
import { stopWorker } from './worker/stop-worker.js';
import { createWorkerTools, type LiveTools } from './worker/worker-tools.js';

export type { BackgroundTasksOptions } from './worker/plugin-options.js';

/** It is in three events of each step: the default, with a checksum, is a twentieth of a short task's history. */
const BUILD_ID = 'rookery';

type Prepared = Pick<DepsContext, 'paths' | 'key' | 'host' | 'workspace' | 'sandboxed' | 'redact'> & {
  readonly notifier: HostNotifier;
  readonly tools: LiveTools;
  readonly background: BackgroundCommands;
  readonly audit: ClosableAudit;
};

export class BackgroundTasksPlugin implements ClientPlugin, WorkerPlugin, ConnectionPlugin, NativeConnectionPlugin {
  readonly name = 'rookery.BackgroundTasks';
  readonly #metrics = createMetrics(() => (this.#meter as () => Runtime['metricMeter'])());
  readonly #registrations = new Registrations();
  #meter: (() => Runtime['metricMeter']) | undefined;
  #searchable: readonly SearchAttribute[] = [];
  /** Workers that run now; they share tools and audit log. */
  #running = 0;

  private constructor(
    private readonly settings: BackgroundTasksOptions,
    private readonly prepared: Prepared,
  ) {}

  /**
   * Creates the work directory and the signing key if they are missing. Throws `RookeryError`: `environment` or `workdir`
   * when they cannot be used safely, `usage` for two tools of one name and for a model that cannot be asked.
   */
  static async create(settings: BackgroundTasksOptions): Promise<BackgroundTasksPlugin> {
    checkOwnModels(settings.models?.own);
    const paths = pathsOf(settings.workdir);
    await openWorkDirectory(paths);
    await tracingApi();
    const key = await loadKey(settings.signingKeyFile ?? paths.signingKey);
    const workspace = settings.workspace ?? join(paths.workdir, 'workspace');
    await makeDirectory(workspace);
    const { tools, background, sandboxed } = await createWorkerTools(settings, paths);
    const redact = createRedactor(secretsOf(settings));
    const prepared = {
      paths,
      key,
      host: await hostName(paths),
      workspace,
      tools,
      background,
      sandboxed,
      redact,
      audit: createAudit(settings, paths, redact),
      notifier: createNotifier({
        options: settings.notify ?? {},
        notifier: settings.notifier,
        env: settings.env ?? {},
        cwd: paths.workdir,
        directory: paths.notices,
        announce: (line, about) => settings.announce?.(redact(line), about),
      }),
    };
    return new BackgroundTasksPlugin(settings, prepared);
  }

  /** The name of this host. What needs its workspace and files runs on the host queue of the task's own queue. */
  get host(): string {
    return this.prepared.host;
  }

  /** Counts of the worker's conversation cache. */
  get seen(): CacheCounts {
    return this.#metrics.seen;
  }

  /** Makes the client sign what it starts. Throws nothing. */
  configureClient(options: ClientOptions): ClientOptions {
    return withSigning(options, traced(createSigner(this.prepared.key, options.namespace ?? 'default')));
  }

  /**
   * Adds the activities of tasks. Throws `RookeryError`: `missing_key` when the options of the plugin have neither a key
   * nor a default choice, `usage` for a worker that has activities or a workflow of the same names.
   */
  configureWorker(options: WorkerOptions): WorkerOptions {
    if (this.#registrations.has(options)) return options;
    const deps = this.#deps(options.namespace ?? 'default');
    const shared = createShared(deps);
    const workerSinks: InjectedSinks<WorkerSinks> = {
      rookery: {
        begun: { fn: ({ runId }, input) => shared.admission.onWorkflowStarted(runId, input) },
        waits: { fn: ({ workflowId }, wait) => noteWait(this.prepared.paths, workflowId, wait) },
        paused: { fn: ({ workflowId }, paused) => notePause(this.prepared.paths, workflowId, paused) },
      },
    };
    const configured: WorkerOptions = {
      // Measured: the defaults kill running tools at once on SIGTERM, and hide a cancel for a minute.
      shutdownGraceTime: '30 seconds',
      maxHeartbeatThrottleInterval: '1 second',
      defaultHeartbeatThrottleInterval: '1 second',
      stickyQueueScheduleToStartTimeout: '1 second',
      maxCachedWorkflows: MAX_CACHED_WORKFLOWS,
      ...(options.workerDeploymentOptions || options.buildId ? {} : { buildId: BUILD_ID }),
      ...options,
      sinks: { ...options.sinks, ...workerSinks },
      interceptors: {
        ...options.interceptors,
        activity: [...(options.interceptors?.activity ?? []), taskLogAttributes],
      },
    };
    return this.#registrations.add(configured, createActivities(deps, shared));
  }

  /** A replay has no sink: without this it would complain about each call. Throws nothing. */
  configureReplayWorker(options: ReplayWorkerOptions): ReplayWorkerOptions {
    const workerSinks: InjectedSinks<WorkerSinks> = {
      rookery: { begun: { fn: () => undefined }, waits: { fn: () => undefined }, paused: { fn: () => undefined } },
    };
    return { ...options, sinks: { ...options.sinks, ...workerSinks } };
  }

  /** Throws what the worker throws, and what keeps the worker of the host's queue from starting. */
  async runWorker(worker: Worker, next: (worker: Worker) => Promise<void>): Promise<void> {
    const registration = this.#registrations.find(worker.options.activities);
    if (!registration || registration.running) return next(worker);
    registration.running = true;
    this.#meter ??= () => meterOf(worker);
    const keeper = await keepAlive(this.#keepAliveOf(worker));
    this.#searchable = keeper.searchable;
    const { maxCachedWorkflows: cachedWorkflows = 0, identity, taskQueue } = worker.options;
    const cacheWatch = watchWorkflowCache({ cachedWorkflows, metrics: this.#metrics, announce: this.#announce });
    const identityNote = noteWorkerIdentity(this.prepared.paths.running, { identity, taskQueue });
    const hostWorker = await createHostWorker(worker, registration, this.host);
    this.#running++;
    await this.prepared.tools.start();
    const workerRuns = [hostWorker.run(), next(worker)];
    try {
      await Promise.race(workerRuns);
    } finally {
      keeper.stop();
      cacheWatch.stop();
      if (this.seen.asked > 0) this.#announce(cacheCountsLine(this.seen));
      // When one worker stops, the other stops too, and is awaited: it may still have an unsafe call to finish.
      await Promise.all(
        [hostWorker, worker].map((candidate, at) => stopWorker(candidate, workerRuns[at] as Promise<void>)),
      );
      await Promise.allSettled(workerRuns)
        .then(() => Promise.all(workerRuns))
        .finally(() => identityNote.done())
        .finally(() => this.#release());
    }
  }

  /** The last worker closes what they share. */
  async #release(): Promise<void> {
    this.#running--;
    if (this.#running > 0) return;
    const { tools, background, audit } = this.prepared;
    await Promise.all([tools.stop(), background.stop()]).finally(() => audit.close());
  }

  /** The client reads what the worker's own data converter wrote. */
  #keepAliveOf({ connection, options }: Worker): KeepAlive {
    const { namespace, dataConverter, loadedDataConverter, taskQueue, identity } = options;
    const client = new Client({
      connection: connection as unknown as Connection,
      namespace,
      ...(dataConverter && { dataConverter }),
      plugins: [this],
    });
    const { paths, key, host: here, background, notifier, redact } = this.prepared;
    const signer = createSigner(key, namespace);
    const { trustedParents: agentTypes = [], policy: rules = [], policyFunction, configDirectory } = this.settings;
    // A function is known by its text.
    const policy = [rules, this.prepared.sandboxed, String(policyFunction)];
    const reporting = { announce: this.#announce, notifier, redact, stalledMs: notifier.stalledMs };
    const encrypted = loadedDataConverter.payloadCodecs.length > 0;
    return {
      client,
      paths,
      env: this.settings.env ?? {},
      here,
      background,
      taskQueue,
      signer,
      identity,
      agentTypes,
      policy,
      encrypted,
      configDirectory,
      ...reporting,
    };
  }

  get #announce(): NonNullable<BackgroundTasksOptions['announce']> {
    return this.settings.announce ?? (() => undefined);
  }

  #observer(): ActivityDeps['observer'] {
    const { observe, traceContent: content = false } = this.settings;
    const tell = (event: WorkEvent): void => {
      try {
        observe?.(event);
      } catch (error) {
        this.#announce(`the plugin's option observe has thrown: ${sentenceOf(error)}`, { task: event.task });
      }
    };
    return new TaskObserver({ tell, content, redact: this.prepared.redact });
  }

  #deps(namespace: string): ActivityDeps {
    return createActivityDeps({
      ...this.prepared,
      settings: this.settings,
      namespace,
      metrics: this.#metrics,
      observer: this.#observer(),
      searchable: () => this.#searchable,
    });
  }
}
