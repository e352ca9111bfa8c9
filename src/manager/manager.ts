/**
 * The library's manager: one method a verb, each in a file of its own. Signs by itself. Needs a Temporal client for all
 * but reading.
 */
import type { Client } from '@temporalio/client';
import type { TaskInput } from '../domain/protocol.js';
import type { Status } from '../domain/task.js';
import type { TaskFile } from '../domain/wire.js';
import { hostQueue } from '../host.js';
import { pathsOf } from '../mirror/paths.js';
import { listTasks, readTask } from '../mirror/reader.js';
import { createSigner, loadKey } from '../signature.js';
import { cancel } from './cancel.js';
import { type ManagerContext, notFound } from './context.js';
import { type Exported, exportTask } from './export.js';
import { type Followed, type FollowOptions, follow } from './follow.js';
import { resolveId } from './ids.js';
import { type Listed, list } from './list.js';
import { type MirrorOutcome, rebuildMirror, verifyMirror } from './mirror.js';
import type { Outcome } from './outcome.js';
import { type ResumeOptions, resume, resumeIncomplete } from './resume.js';
import { status } from './status.js';
import type { StatusObject } from './status-object.js';
import { execute, type SubmitOptions, type Submitted, signedInput, submit } from './submit.js';
import { type WaitOptions, wait } from './wait.js';

export interface ManagerOptions {
  readonly workdir: string;
  /** Absent: only the files can be read and written. */
  readonly client?: Client;
  /** Default: `signing.key` in the work directory, made if missing. */
  readonly signingKeyFile?: string;
  /** Default: the client's, else `default`. */
  readonly namespace?: string;
  /** The files of new tasks are on this host. Default: true. */
  readonly bindToHost?: boolean;
}

export class BackgroundTaskManager {
  private constructor(private readonly context: ManagerContext) {}

  static async open(options: ManagerOptions): Promise<BackgroundTaskManager> {
    const { client } = options;
    const paths = pathsOf(options.workdir);
    const key = await loadKey(options.signingKeyFile ?? paths.signingKey);
    const signer = createSigner(key, options.namespace ?? client?.options.namespace ?? 'default');
    const host = options.bindToHost === false ? {} : { host: await hostQueue(paths) };
    return new BackgroundTaskManager({ paths, signer, ...host, ...(client ? { client } : {}) });
  }

  /** Writes the `Pending` file, then starts the task (unless `start: false`). */
  submit(task: string | TaskInput, options?: SubmitOptions): Promise<Submitted> {
    return submit(this.context, typeof task === 'string' ? { prompt: task } : task, options);
  }

  /** Starts a task that was only written. The run id. */
  execute(id: string): Promise<string> {
    return execute(this.context, id);
  }

  /** The input, signed for a workflow id, for clients that cannot sign. */
  sign(id: string, task: TaskInput): TaskInput {
    return signedInput(this.context, id, task);
  }

  status(id: string): Promise<StatusObject> {
    return status(this.context, id);
  }

  async getTask(id: string): Promise<TaskFile> {
    const read = await readTask(this.context.paths, id);
    if (read.kind === 'task') return read.task;
    throw notFound(id);
  }

  /** From the files, newest first. */
  async listTasks(filter: { status?: Status } = {}): Promise<TaskFile[]> {
    const { tasks } = await listTasks(this.context.paths);
    return tasks.filter(({ status: now }) => filter.status === undefined || now === filter.status);
  }

  /** As `listTasks`, with what Temporal knows and with the files that cannot be read. */
  list(): Promise<Listed> {
    return list(this.context);
  }

  follow(id: string, options: FollowOptions): Promise<Followed> {
    return follow(this.context, id, options);
  }

  wait(id: string, options?: WaitOptions): Promise<Outcome> {
    return wait(this.context, id, options);
  }

  cancel(id: string, signal?: AbortSignal): Promise<Outcome> {
    return cancel(this.context, id, signal);
  }

  resume(id: string, options?: ResumeOptions): Promise<Outcome> {
    return resume(this.context, id, options);
  }

  resumeIncomplete(options?: ResumeOptions): Promise<Outcome[]> {
    return resumeIncomplete(this.context, options);
  }

  /** Hands the task over to a directory that RavenClaws takes; here it ends as cancelled. */
  export(id: string, directory: string): Promise<Exported> {
    return exportTask(this.context, id, directory);
  }

  /** Compares files with Temporal; without ids all of them. */
  verifyMirror(ids?: readonly string[]): Promise<MirrorOutcome[]> {
    return verifyMirror(this.context, ids);
  }

  /** Writes the files again from Temporal alone, byte for byte. */
  rebuildMirror(ids?: readonly string[]): Promise<MirrorOutcome[]> {
    return rebuildMirror(this.context, ids);
  }

  /** The whole id of a shortened one. */
  resolveId(given: string): Promise<string> {
    return resolveId(this.context, given);
  }
}
