/**
 * The Temporal plugin: drop it into a Worker or a Client. On a worker it adds the activities, a second worker for the
 * queue of this host, and what keeps tasks alive across crashes; on a client it signs.
 */
import { join } from 'node:path';
import { Client, type ClientOptions, type Connection } from '@temporalio/client';
import { SimplePlugin } from '@temporalio/plugin';
import { type NativeConnection, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import type { ActivityDeps } from '../activities/deps.js';
import { type Activities, createActivities } from '../activities/index.js';
import { RookeryError } from './domain/errors.js';
import { problemOf, taskInputSchema } from './domain/wire-schema.js';
import { isAlive } from './durable/process.js';
import { makeDirectory } from './durable/write.js';
import { hostQueue } from './host.js';
import { signingInterceptor } from './interceptors.js';
import { keepAlive } from './keep-alive.js';
import { createMetrics, type Seen, seenLine } from './metrics.js';
import { type Paths, pathsOf } from './mirror/paths.js';
import { MirrorWriter } from './mirror/writer.js';
import { createModels, type ModelSettings } from './models/create-models.js';
import type { ModelChoice } from './models/model.js';
import { allowsSecrets, judge, offered } from './policy/judge.js';
import { KEPT_WORKFLOWS, watchRoom } from './room.js';
import { createRunning, noteWorker } from './running.js';
import { createSigner, loadKey } from './signature.js';
import { createTools, parseArgs, toSpec } from './tools/catalogue.js';
import { createClaims } from './tools/claims.js';
import { killMarked } from './tools/processes.js';

export interface BackgroundTasksOptions {
  /** Where files, claims and the signing key lie; made if missing. */
  readonly workdir: string;
  /** Where file tools and commands work for tasks that name no workspace. Default: `workdir`/workspace. */
  readonly workspace?: string;
  /** Keys and endpoints. Default: no keys, so only `demo`, `ollama` and `litellm` run. */
  readonly models?: ModelSettings;
  /** For starts that name no provider. Default: the demo model. */
  readonly defaultChoice?: ModelChoice;
  /** Default: `signing.key` in the work directory, made if missing; the same on every host of a cluster. */
  readonly signingKeyFile?: string;
  /** Unsigned starts run, with read-only tools and at most 10 iterations. Default: false. */
  readonly acceptUnsigned?: boolean;
  /** What shell commands may inherit a few harmless variables from. Default: nothing. */
  readonly env?: NodeJS.ProcessEnv;
  /** First delay after a provider error, in milliseconds. Default: 1,000. */
  readonly backoffMs?: number;
  /** Where lines about recovery go. Default: nowhere. */
  readonly announce?: (line: string) => void;
}

/** It stands in three events of each step: the default, with a checksum, is a twentieth of a short task's history. */
const BUILD_ID = 'rookery';

interface Prepared {
  readonly paths: Paths;
  readonly key: Buffer;
  readonly host: string;
}

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

  /** Makes the work directory and the signing key if they are missing. */
  static async create(settings: BackgroundTasksOptions): Promise<BackgroundTasksPlugin> {
    const paths = pathsOf(settings.workdir);
    const key = await loadKey(settings.signingKeyFile ?? paths.signingKey);
    const workspace = settings.workspace ?? join(paths.workdir, 'workspace');
    await makeDirectory(workspace);
    return new BackgroundTasksPlugin({ ...settings, workspace }, { paths, key, host: await hostQueue(paths) });
  }

  /** The queue of this host: what has its workspace and its files runs there. */
  get host(): string {
    return this.prepared.host;
  }

  /** What its worker has done with its conversations. */
  get seen(): Seen {
    return this.#metrics.seen;
  }

  override configureClient(options: ClientOptions): ClientOptions {
    const configured = super.configureClient(options);
    const interceptor = signingInterceptor(createSigner(this.prepared.key, options.namespace ?? 'default'));
    const { workflow = [], ...others } = configured.interceptors ?? {};
    const chain = Array.isArray(workflow) ? [...workflow, interceptor] : workflow;
    return { ...configured, interceptors: { ...others, workflow: chain } };
  }

  override configureWorker(options: WorkerOptions): WorkerOptions {
    this.#activities = createActivities(this.#deps(options.namespace ?? 'default'));
    return {
      // Measured: the defaults kill running tools at once on SIGTERM, and hide a cancel for a minute.
      shutdownGraceTime: '30 seconds',
      maxHeartbeatThrottleInterval: '1 second',
      defaultHeartbeatThrottleInterval: '1 second',
      stickyQueueScheduleToStartTimeout: '1 second',
      maxCachedWorkflows: KEPT_WORKFLOWS,
      ...(options.workerDeploymentOptions || options.buildId ? {} : { buildId: BUILD_ID }),
      ...super.configureWorker({ ...options, activities: { ...options.activities, ...this.#activities } }),
    };
  }

  override async runWorker(worker: Worker, next: (worker: Worker) => Promise<void>): Promise<void> {
    const { connection } = worker;
    if (!connection || !this.#activities) return super.runWorker(worker, next);
    const { namespace, identity } = worker.options;
    const client = new Client({ connection: connection as unknown as Connection, namespace, plugins: [this] });
    const { paths, key } = this.prepared;
    const keeper = await keepAlive({ client, paths, signer: createSigner(key, namespace), announce: this.#announce });
    this.#searchable = keeper.searchable;
    const { maxCachedWorkflows: kept = 0 } = worker.options;
    const room = watchRoom({ kept, metrics: this.#metrics, announce: this.#announce });
    const note = noteWorker(paths.running, identity);
    const ours = await this.#hostWorker(connection, { namespace, identity });
    const running = ours.run();
    try {
      await Promise.race([next(worker), running]);
    } finally {
      keeper.stop();
      room.stop();
      if (this.seen.asked > 0) this.#announce(seenLine(this.seen));
      if (ours.getState() === 'RUNNING') ours.shutdown();
      await running.finally(() => note.done());
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
    const { paths, key, host } = this.prepared;
    const { settings } = this;
    const models = settings.models ?? { keys: {}, endpoints: {} };
    const secrets = [...Object.values(models.keys), models.overrideKey].filter((secret) => secret !== undefined);
    return {
      verifier: createSigner(key, namespace),
      parseInput(input) {
        const parsed = taskInputSchema.safeParse(input);
        if (parsed.success) return parsed.data;
        throw new RookeryError('bad_input', `The input of this start is wrong: ${problemOf(parsed.error)}.`);
      },
      acceptUnsigned: settings.acceptUnsigned ?? false,
      workspace: settings.workspace ?? `${paths.workdir}/workspace`,
      host,
      searchable: () => this.#searchable,
      defaultChoice: settings.defaultChoice ?? { provider: 'demo', model: 'demo' },
      models: createModels(models),
      tools: {
        all: createTools({ env: settings.env ?? {} }),
        spec: (tool) => ({ ...toSpec(tool) }),
        parse: parseArgs,
        killLeftovers: async (call) => {
          await killMarked({ call });
        },
        isAlive,
      },
      policy: { judge, offered, allowsSecrets },
      claims: createClaims(paths.claims),
      mirror: new MirrorWriter(paths),
      running: createRunning(paths.running),
      metrics: this.#metrics,
      backoffMs: settings.backoffMs ?? 1_000,
      redact: (text) => secrets.reduce((clean, secret) => clean.replaceAll(secret, '[key]'), text),
    };
  }
}
