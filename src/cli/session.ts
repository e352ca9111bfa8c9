/** Settings, output and connection of every verb, and the specification that a verb exports. Starts nothing. */
import { existsSync } from 'node:fs';
import type { Option } from 'commander';
import { environment } from '../config/environment.js';
import { type Flags, type Resolved, resolveSettings } from '../config/settings.js';
import { chooseTemporal, type TemporalChoice } from '../config/temporal.js';
import { RookeryError } from '../domain/errors.js';
import { TASK_QUEUE } from '../domain/protocol.js';
import { BackgroundTaskManager } from '../manager/manager.js';
import { checkWorkDirectory } from '../manager/work-directory.js';
import { type Paths, pathsOf } from '../mirror/paths.js';
import type { TemporalClient } from '../server/temporal-client.js';
import { type DataConverter, loadDataConverter } from './codec.js';
import type { ExitCode } from './exit.js';
import { type Output, outputOf } from './output.js';
import { runningWorker } from './worker-process.js';

/** Options of every verb, as commander gives them. */
export interface GlobalOptions extends Flags {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly debug?: boolean;
  /** False with --no-color. */
  readonly color?: boolean;
  /** False with --no-start. */
  readonly start?: boolean;
  readonly local?: boolean;
  /** False with --no-check. */
  readonly check?: boolean;
  /** Of the verbs that start a task. */
  readonly yes?: boolean;
  /** Of the same: the file with the JSON Schema of the answer. */
  readonly schema?: string;
  /** Of the verbs that make a task. */
  readonly name?: string;
  readonly group?: string;
  readonly label?: readonly string[];
  /** Of `run` and `submit`. */
  readonly worktree?: boolean;
  /** Of `up` and `worker`. */
  readonly acceptUnsigned?: boolean;
  /** Of `up` and `worker`. */
  readonly logFormat?: 'json' | 'text';
}

export interface Session extends Resolved {
  readonly options: GlobalOptions;
  readonly env: NodeJS.ProcessEnv;
  readonly out: Output;
  readonly paths: Paths;
  readonly temporal: TemporalChoice;
  /** Of every client and worker that the command makes. */
  readonly dataConverter: DataConverter | undefined;
}

export interface Opening {
  /** False for verbs that only report. */
  readonly checkWorkdir?: boolean;
}

export async function openSession(options: GlobalOptions, { checkWorkdir = true }: Opening = {}): Promise<Session> {
  const out = outputOf(options);
  const resolved = await resolveSettings(options, environment, process.cwd());
  const temporal = chooseTemporal(environment, options.local ?? false);
  if (temporal.kind === 'cluster') out.info(`Temporal server ${temporal.address}, from ${temporal.named}`);
  for (const note of resolved.notes) out.info(note);
  const paths = pathsOf(resolved.settings.workdir.value);
  if (checkWorkdir) checkWorkDirectory(paths);
  const dataConverter = await loadDataConverter(resolved.settings.codec.value);
  return { ...resolved, options, env: environment, out, paths, temporal, dataConverter };
}

/** Unless one is set: that of the running worker, so that its tasks are not left alone. */
export async function taskQueueOf({ settings, paths }: Session): Promise<string> {
  return settings.task_queue.value ?? (await runningWorker(paths))?.taskQueue ?? TASK_QUEUE;
}

export async function openManager(
  session: Session,
  client: TemporalClient | undefined,
  { local, create = true }: { readonly local: boolean; readonly create?: boolean },
): Promise<BackgroundTaskManager> {
  const { temporal, paths, env, settings } = session;
  return BackgroundTaskManager.open({
    workdir: paths.workdir,
    taskQueue: await taskQueueOf(session),
    namespace: temporal.kind === 'cluster' ? temporal.namespace : 'default',
    // Files on this host are kept only where a worker of this host runs.
    bindToHost: local,
    stalledMs: settings.notify.value.stalled_after,
    create,
    env,
    ...(client ? { client } : {}),
    ...(env.ROOKERY_SIGNING_KEY_FILE ? { signingKeyFile: env.ROOKERY_SIGNING_KEY_FILE } : {}),
  });
}

export function reportOffline({ out, paths }: Session): void {
  out.info(`Temporal server not running (${paths.workdir}); showing task files only. Start it with \`rookery up -d\`.`);
}

/** Of the embedded server: nothing has ever run here, and a verb that only looks creates nothing. */
export function isUnused({ temporal, paths }: Session): boolean {
  return temporal.kind === 'embedded' && !existsSync(paths.workdir);
}

export type VerbOptions = GlobalOptions &
  Record<string, unknown> & {
    /** True after `--`: all words are the prompt. */
    readonly literal: boolean;
  };

/** What the file of a verb exports as `spec`; its one-line summary is in the index. */
export interface VerbSpec {
  /** Its arguments, as in the usage line. */
  readonly words: string;
  /** One or two sentences. */
  readonly help: string;
  /** Default: only the options that all verbs have. */
  readonly options?: readonly Option[];
  /** Command lines that a person would type. */
  readonly examples: readonly string[];
  run(words: string[], options: VerbOptions): Promise<ExitCode>;
}

/** Error for an unknown action of a verb. */
export function noSuchAction(verb: string, words: readonly (string | undefined)[], hint: string): RookeryError {
  const given = words.join(' ').trim().slice(0, 60);
  return new RookeryError('usage', `There is no '${verb} ${given}'`, { hint });
}
