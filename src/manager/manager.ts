/**
 * The manager of the library: one method per verb, each in a separate file that is loaded on call. Signs automatically.
 * Needs a Temporal client for everything except reading.
 */

import type { Client } from '@temporalio/client';
import { TASK_QUEUE, type TaskInput } from '../domain/protocol.js';
import type { Status } from '../domain/task.js';
import type { TaskFile } from '../domain/wire.js';
import { hostName } from '../mirror/host-name.js';
import { pathsOf } from '../mirror/paths.js';
import { listTasks, readTask } from '../mirror/reader.js';
import type { TaskSummary } from '../mirror/task-summaries.js';
import type { PersonDecision } from '../signing/decisions.js';
import { createSigner, loadKey } from '../signing/signature.js';
import type { WaitingApproval } from './approvals.js';
import { type ManagerContext, notFound, type VerbOutcome } from './context.js';
import type { Exported } from './export.js';
import type { Followed, FollowOptions } from './follow.js';
import type { Listed, ListServer } from './list.js';
import type { MirrorOutcome } from './mirror.js';
import type { ResumeOptions } from './resume.js';
import type { StatusObject } from './status-object.js';
import type { SubmitOptions, Submitted } from './submit.js';
import type { WaitOptions } from './wait.js';
import { openWorkDirectory } from './work-directory.js';

export interface ManagerOptions {
  readonly workdir: string;
  /** Absent: only the files can be read and written. */
  readonly client?: Client;
  /** Default: `signing.key` in the work directory, created if missing. */
  readonly signingKeyFile?: string;
  /** Default: the client's, else `default`. */
  readonly namespace?: string;
  /** Task queue of new tasks: that of the workers with the plugin. Default: `rookery`. */
  readonly taskQueue?: string;
  /** Whether the files of new tasks are on this host. Default: true. */
  readonly bindToHost?: boolean;
}

export class BackgroundTaskManager {
  private constructor(private readonly context: ManagerContext) {}

  static async open(options: ManagerOptions): Promise<BackgroundTaskManager> {
    const { client } = options;
    const paths = pathsOf(options.workdir);
    await openWorkDirectory(paths);
    const key = await loadKey(options.signingKeyFile ?? paths.signingKey);
    const signer = createSigner(key, options.namespace ?? client?.options.namespace ?? 'default');
    const host = options.bindToHost === false ? {} : { host: await hostName(paths) };
    const { taskQueue = TASK_QUEUE } = options;
    return new BackgroundTaskManager({ paths, signer, taskQueue, ...host, ...(client ? { client } : {}) });
  }

  /** Writes the `Pending` file, then starts the task (unless `start: false`). */
  async submit(task: string | TaskInput, options?: SubmitOptions): Promise<Submitted> {
    const { submit } = await import('./submit.js');
    return submit(this.context, typeof task === 'string' ? { prompt: task } : task, options);
  }

  /**
   * Starts a task that was only written.
   * @returns the run id
   */
  async execute(id: string): Promise<string> {
    const { startPending } = await import('./submit.js');
    return startPending(this.context, id);
  }

  /** Signs the input for a workflow id, for clients that cannot sign. */
  async sign(id: string, task: TaskInput): Promise<TaskInput> {
    const { signedInput } = await import('./submit.js');
    return signedInput(this.context, id, task);
  }

  async status(id: string): Promise<StatusObject> {
    const { status } = await import('./status.js');
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

  /** Like `listTasks`, with Temporal's state and the unreadable files. `server`: replaces the client. */
  async list(server?: ListServer): Promise<Listed> {
    const { list } = await import('./list.js');
    return list(this.context, server);
  }

  /** Like `list`, with a summary of each task: much faster where most files have not changed. */
  async overview(server?: ListServer): Promise<Listed<TaskSummary>> {
    const { overview } = await import('./list.js');
    return overview(this.context, server);
  }

  async follow(id: string, options: FollowOptions): Promise<Followed> {
    const { follow } = await import('./follow.js');
    return follow(this.context, id, options);
  }

  async wait(id: string, options?: WaitOptions): Promise<VerbOutcome> {
    const { wait } = await import('./wait.js');
    return wait(this.context, id, options);
  }

  async cancel(id: string, signal?: AbortSignal): Promise<VerbOutcome> {
    const { cancel } = await import('./cancel.js');
    return cancel(this.context, id, signal);
  }

  async resume(id: string, options?: ResumeOptions): Promise<VerbOutcome> {
    const { resume } = await import('./resume.js');
    return resume(this.context, id, options);
  }

  async resumeIncomplete(options?: ResumeOptions): Promise<VerbOutcome[]> {
    const { resumeIncomplete } = await import('./resume.js');
    return resumeIncomplete(this.context, options);
  }

  /** The calls that wait for approval: of one task, or of all. */
  async approvals(id?: string): Promise<WaitingApproval[]> {
    const { approvals } = await import('./approvals.js');
    return approvals(this.context, id);
  }

  /** Approves or denies a waiting call; resolves when the decision has taken effect. */
  async decide(
    given: { readonly id: string; readonly call?: string | undefined },
    answer: PersonDecision,
  ): Promise<VerbOutcome & { readonly approval: WaitingApproval }> {
    const { decide } = await import('./approvals.js');
    return decide(this.context, given, answer);
  }

  /** Exports the task to a directory that RavenClaws uses; here it ends as cancelled. */
  async export(id: string, directory: string): Promise<Exported> {
    const { exportTask } = await import('./export.js');
    return exportTask(this.context, id, directory);
  }

  /** Compares files with Temporal; all files when no ids are given. */
  async verifyMirror(ids?: readonly string[]): Promise<MirrorOutcome[]> {
    const { verifyMirror } = await import('./mirror.js');
    return verifyMirror(this.context, ids);
  }

  /** Rewrites the files from Temporal alone, byte for byte. */
  async rebuildMirror(ids?: readonly string[]): Promise<MirrorOutcome[]> {
    const { rebuildMirror } = await import('./mirror.js');
    return rebuildMirror(this.context, ids);
  }

  /** @returns the whole id of a shortened one */
  async resolveId(given: string): Promise<string> {
    const { resolveId } = await import('./context.js');
    return resolveId(this.context, given);
  }
}
