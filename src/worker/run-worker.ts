/** The worker of the command, built from the public plugin. Runs until it is told to stop; the first stop drains. */
import { closeSync, openSync, readSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import {
  type Logger,
  NativeConnection,
  type NativeConnectionOptions,
  type WorkerOptions as SdkOptions,
  Worker,
  type WorkerPlugin,
} from '@temporalio/worker';
import { RookeryError } from '../domain/errors.js';
import { TASK_QUEUE } from '../domain/protocol.js';
import type { BackgroundTasksPlugin } from '../plugin.js';
import { explained, type TemporalAddress } from '../server/connect.js';
import { startHealth } from './health.js';
import { deploymentOptions, type Operation, workerLimits } from './operation.js';
import { installRuntime } from './telemetry.js';
import { versionNote } from './version-note.js';
import { workerIdentity } from './worker-identity.js';

export interface WorkerOptions extends TemporalAddress {
  readonly plugin: BackgroundTasksPlugin;
  /** Default: `rookery`. */
  readonly taskQueue?: string;
  readonly logger: Logger;
  /** Default: the SDK's limits, no endpoints and no versions. */
  readonly operation?: Operation;
  /** Called when the worker polls. */
  readonly onReady: () => Promise<void>;
}

/** The bundle from the build: bundling at each start would cost two seconds. */
const BUNDLE = fileURLToPath(new URL('../../workflow-bundle.js', import.meta.url));

export async function runWorker(options: WorkerOptions): Promise<void> {
  const { operation } = options;
  installRuntime(options.logger, operation);
  const at = operation?.settings.health.value;
  const health = operation && at !== undefined ? await startHealth(at, operation.workdir) : undefined;
  try {
    await runConnected(options, (worker) => health?.serves(worker));
  } finally {
    health?.close();
  }
}

// ---

async function runConnected(options: WorkerOptions, onCreated: (worker: Worker) => void): Promise<void> {
  const { plugin, logger, namespace, taskQueue = TASK_QUEUE, dataConverter, operation } = options;
  const connection = await connect(options);
  const { workerDeploymentOptions } = operation ? deploymentOptions(operation.settings) : {};
  const onReady = async (): Promise<void> => {
    await options.onReady();
    if (!workerDeploymentOptions) return;
    const { version } = workerDeploymentOptions;
    void versionNote({ connection, namespace, version }).then((note) => note && logger.warn(note));
  };
  try {
    const worker = await Worker.create({
      connection,
      namespace,
      taskQueue,
      ...(dataConverter && { dataConverter }),
      ...workflowsFor(dataConverter),
      ...(operation && workerLimits(operation.settings)),
      ...(workerDeploymentOptions && { workerDeploymentOptions }),
      plugins: [plugin, readyPlugin(onReady)],
      identity: workerIdentity(),
    });
    onCreated(worker);
    await worker.run();
  } catch (error) {
    // A worker that failed to start holds on to the connection; the error that stopped it says more.
    await connection.close().catch(() => undefined);
    throw error;
  }
  await connection.close();
}

/**
 * Reports when the worker polls. If the report fails, the worker stops, drained: a connection must outlive its workers.
 */
function readyPlugin(onReady: () => Promise<void>): WorkerPlugin {
  return {
    name: 'rookery.ready',
    async runWorker(worker, next) {
      const running = next(worker);
      const ready = onReady();
      await Promise.race([ready, running]).catch(() => worker.getState() === 'RUNNING' && worker.shutdown());
      await running;
      await ready;
    },
  };
}

async function connect(at: TemporalAddress): Promise<NativeConnection> {
  const { address, connection, proxy } = at;
  const { tls, apiKey, metadata } = connection ?? {};
  const connecting = NativeConnection.connect({
    address,
    tls: tls ?? undefined,
    metadata: metadata as never,
    apiKey: apiKey as never,
    ...(proxy && { proxy: connectProxy(proxy) }),
  });
  return explained(at, connecting);
}

/** The core reads no environment: it has to be told of the proxy. */
function connectProxy({ hostname, port, username, password }: URL): NativeConnectionOptions['proxy'] {
  return {
    type: 'http-connect',
    targetHost: `${hostname}:${port || 80}`,
    ...(username && { basicAuth: { username: decodeURIComponent(username), password: decodeURIComponent(password) } }),
  };
}

/**
 * The prebuilt bundle fits the SDK that made it, and has no converter of a user in it: otherwise the worker makes one,
 * which takes seconds. A path, not its text: the SDK would make a second copy of the text, with another source map.
 */
export function workflowsFor(
  dataConverter: WorkerOptions['dataConverter'],
): Pick<SdkOptions, 'workflowBundle' | 'workflowsPath'> {
  const { version } = createRequire(import.meta.url)('@temporalio/worker/package.json') as { version: string };
  const isFitting = bundleStart().startsWith(`/* SDK ${version} */`);
  if (isFitting && !dataConverter?.payloadConverterPath && !dataConverter?.failureConverterPath)
    return { workflowBundle: { codePath: BUNDLE } };
  return { workflowsPath: fileURLToPath(new URL('../../workflows/index.js', import.meta.url)) };
}

/** Its first characters, in which `scripts/bundle-workflow.mjs` names the SDK. */
function bundleStart(): string {
  try {
    const file = openSync(BUNDLE, 'r');
    const start = Buffer.alloc(64);
    const length = readSync(file, start);
    closeSync(file);
    return start.toString('latin1', 0, length);
  } catch (error) {
    throw new RookeryError('environment', 'The workflow bundle is missing', {
      hint: 'Run npm run build',
      cause: error,
    });
  }
}
