/** Runs the worker in this process, for `worker` and `up`: one per work directory. Drains at the first signal. */
import { modelSettings } from '../config/model-settings.js';
import { channelSettings, hasChannels } from '../config/notify-settings.js';
import { type OtlpTarget, otlpTarget } from '../config/otlp.js';
import { usableProviders, workerChoice } from '../config/providers.js';
import { webSettings } from '../config/web-settings.js';
import { workerFlags } from '../config/worker-settings.js';
import { RookeryError, sentenceOf } from '../domain/errors.js';
import { BackgroundTasksPlugin } from '../plugin.js';
import { rotateLogs } from '../server/logs.js';
import { ownTools } from '../tools/user-tools.js';
import { runWorker } from '../worker/run-worker.js';
import type { RunningServer } from './connect.js';
import { type Session, taskQueueOf } from './session.js';
import { noteStarted, noteStarting } from './starting-workers.js';
import { openLog, workLog } from './worker-log.js';
import { workerLogger } from './worker-logger.js';
import { removeWorkerState, runningWorker, whileDraining, writeWorkerState } from './worker-process.js';
import { extrasOf } from './worker-tools.js';

const ROTATE_MS = 60_000;
const STOPS = ['SIGINT', 'SIGTERM'] as const;

export async function serve(session: Session, server: RunningServer, acceptUnsigned: boolean): Promise<void> {
  const { paths, settings, env, places } = session;
  const other = await runningWorker(paths);
  if (other) {
    throw new RookeryError('environment', `A worker is already running for ${paths.workdir} (process ${other.pid})`, {
      hint: 'Stop it with `rookery down`, or use another --workdir',
    });
  }
  noteStarting(paths, process.pid, false);
  const log = openLog(session.options.logFormat);
  const models = modelSettings(settings, env);
  const otlp = collectorOf(session, (line) => log.warn(line));
  const plugin = await BackgroundTasksPlugin.create({
    workdir: paths.workdir,
    // The current directory is not a default workspace for tasks.
    ...(settings.workspace.origin === 'default' ? {} : { workspace: settings.workspace.value }),
    ...sharingOf(session),
    models,
    defaultChoice: workerChoice(settings, env),
    unsigned: unsignedOf(session, acceptUnsigned),
    // The project's rules come with its tasks.
    policy: settings.policy.value.filter(({ origin }) => !origin.startsWith('project file')),
    sandbox: settings.security.value.sandbox,
    sandboxView: settings.sandbox.value,
    reset: resetOf(session),
    compaction: settings.compaction.value,
    phraseWarning: settings.security.value.phrase_warning,
    webSearch: webSettings(settings, env),
    mcp: settings.mcp.value,
    tools: await ownTools(settings.tools.value),
    ...notifierOf(session, (line) => log.warn(line)),
    configDirectory: places.config,
    env,
    announce: (line, about) => log.info(about ?? {}, line),
    observe: workLog(log),
    traceContent: env.OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT === 'true',
    ...(env.ROOKERY_SIGNING_KEY_FILE ? { signingKeyFile: env.ROOKERY_SIGNING_KEY_FILE } : {}),
  });
  const taskQueue = await taskQueueOf(session);
  let drained: (() => void) | undefined;
  const draining = (): void => {
    drained ??= whileDraining((line) => log.info(line));
  };
  const rotation = setInterval(() => void rotateLogs(paths.logs).catch(() => undefined), ROTATE_MS);
  try {
    await runWorker({
      plugin,
      logger: workerLogger(log),
      ...server,
      taskQueue,
      operation: { settings, otlp, workdir: paths.workdir },
      onReady: async () => {
        // Added only now: a listener disables the default exit, which is needed until the worker runs.
        for (const signal of STOPS) process.on(signal, draining);
        await writeWorkerState(paths, {
          address: server.address,
          namespace: server.namespace,
          taskQueue,
          codec: settings.codec.value ?? null,
          providers: usableProviders(settings, env),
          extras: extrasOf(settings),
          flags: workerFlags(settings),
        });
        log.info({ address: server.address, queue: taskQueue, host: plugin.host }, 'worker ready');
      },
    });
  } finally {
    clearInterval(rotation);
    drained?.();
    for (const signal of STOPS) process.off(signal, draining);
    noteStarted(paths, process.pid);
    await removeWorkerState(paths);
  }
}

// ---

/** Variables of other programs too: what is wrong in them is no reason not to run tasks. */
function collectorOf({ settings, env }: Session, warn: (line: string) => void): OtlpTarget | undefined {
  try {
    return otlpTarget('metrics', settings.otlp, env);
  } catch (error) {
    if (settings.otlp.origin === 'flag') throw error;
    warn(`no metrics are exported: ${sentenceOf(error)}`);
    return undefined;
  }
}

/** Tasks run without it: `doctor` and `notify test` say what is wrong too. */
function notifierOf({ settings, env }: Session, warn: (line: string) => void) {
  if (!hasChannels(settings.notify.value)) return {};
  const { notify, problem } = channelSettings(settings.notify.value, env);
  if (problem !== undefined) warn(`the webhook of [notify] is not told: ${problem}`);
  return { notify };
}

/** A server without authentication is never trusted, regardless of settings. */
function unsignedOf({ settings, temporal }: Session, accept: boolean): 'refuse' | 'read-only' | 'trust' {
  const { unsigned, trust_cluster } = settings.security.value;
  if (trust_cluster && temporal.kind === 'cluster') return 'trust';
  return accept ? 'read-only' : unsigned;
}

function sharingOf({ settings }: Session) {
  const { shared, ship, bundle_dir, bundle_max_mb } = settings.sharing.value;
  const directory = ship === 'git' ? bundle_dir : undefined;
  return {
    sharedWorkspace: shared,
    ...(directory === undefined ? {} : { shipWorkspace: { directory, maxBytes: bundle_max_mb * 1_000_000 } }),
  };
}

/** On a trusted cluster, a Reset comes from an authorized person. */
function resetOf({ settings, temporal }: Session): 'ask' | 'run' {
  const { reset, trust_cluster } = settings.security.value;
  return reset ?? (trust_cluster && temporal.kind === 'cluster' ? 'run' : 'ask');
}
