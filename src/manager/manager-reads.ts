/** The methods of the manager that read tasks, and change nothing of them but files that are behind. Each is loaded on call. */
import type { InboxAnswer } from '../domain/control.js';
import type { Status } from '../domain/task.js';
import type { TaskFile } from '../domain/wire.js';
import { listTasks, readTask } from '../mirror/reader.js';
import type { TaskSummary } from '../mirror/task-summaries.js';
import type { WaitingApproval } from './approvals.js';
import { type ManagerContext, notFound, type VerbOutcome } from './context.js';
import type { Exported } from './export.js';
import type { Followed, FollowOptions } from './follow.js';
import type { Listed, ListServer } from './list.js';
import type { ObjectText } from './list-json.js';
import type { MirrorOptions, MirrorOutcome } from './mirror.js';
import type { Needs } from './needs.js';
import type { TaskAnswer } from './result.js';
import type { StatusObject } from './status-object.js';
import type { WaitOptions } from './wait.js';

export abstract class TaskReads {
  /** @internal */
  protected readonly context: ManagerContext;

  /** @internal */
  protected constructor(context: ManagerContext) {
    this.context = context;
  }

  /** The name of this host, as `detail.host` of a task has it whose files are in this work directory. */
  get host(): string {
    return this.context.here;
  }

  /** Throws `not_found`. */
  async status(id: string): Promise<StatusObject> {
    const { status } = await import('./status.js');
    return status(this.context, id);
  }

  /** The answer: its text, and its value where the task has a schema. Throws `not_found`. */
  async result(id: string): Promise<TaskAnswer> {
    const { taskAnswer } = await import('./result.js');
    return taskAnswer(this.context, id);
  }

  /** From the file. Throws `not_found`. */
  async getTask(id: string): Promise<TaskFile> {
    const read = await readTask(this.context.paths, id);
    if (read.kind === 'task') return read.task;
    throw notFound(id);
  }

  /** From the files, newest first. Throws `workdir` when they cannot be listed. */
  async listTasks(filter: { status?: Status } = {}): Promise<TaskFile[]> {
    const { tasks } = await listTasks(this.context.paths);
    return tasks.filter(({ status: now }) => filter.status === undefined || now === filter.status);
  }

  /** Like `listTasks`, with Temporal's state and the unreadable files. `server`: replaces the client. Throws the same. */
  async list(server?: ListServer): Promise<Listed> {
    const { list } = await import('./list.js');
    return list(this.context, server);
  }

  /** Like `list`, with a summary of each task: much faster where most files have not changed. Throws the same. */
  async overview(server?: ListServer): Promise<Listed<TaskSummary>> {
    const { overview } = await import('./list.js');
    return overview(this.context, server);
  }

  /** The status objects of an overview as JSON, a text for each task. Throws nothing. */
  async statusTexts(listed: Listed<TaskSummary>): Promise<Iterable<ObjectText>> {
    const { statusObjects } = await import('./list-json.js');
    return statusObjects(this.context, listed);
  }

  /**
   * Reports every event once, to the end of the task. Throws `no_server`, `not_found`, `usage` for a wrong cursor,
   * `wrong_status` for a task that was never started, and the reason of the signal.
   */
  async follow(id: string, options: FollowOptions): Promise<Followed> {
    const { follow } = await import('./follow.js');
    return follow(this.context, id, options);
  }

  /** Resolves at the end of the task, or when it waits for a person. Throws `no_server`, `not_found`, the signal's reason. */
  async wait(id: string, options?: WaitOptions): Promise<VerbOutcome> {
    const { wait } = await import('./wait.js');
    return wait(this.context, id, options);
  }

  /**
   * The last messages with their receipts, the pause, the limit at which the task waits, and the limits in force. Throws
   * `no_server`, `not_found`, `environment` when no worker answers.
   */
  async inbox(id: string): Promise<InboxAnswer> {
    const { inbox } = await import('./inbox.js');
    return inbox(this.context, id);
  }

  /** The calls that wait for approval: of one task, or of all. Throws `no_server`, `environment` when no worker answers. */
  async approvals(id?: string): Promise<WaitingApproval[]> {
    const { approvals } = await import('./approvals.js');
    return approvals(this.context, id);
  }

  /** What needs a person: approvals, questions, and tasks that wait for something else. Throws as `approvals`. */
  async needs(id?: string): Promise<Needs> {
    const { needs } = await import('./needs.js');
    return needs(this.context, id);
  }

  /**
   * Writes a copy of the task as JSON, as a Markdown transcript, or as both into a directory. The task is not touched.
   * Throws `not_found`, `usage` for a file of another kind, `bad_input` for one that exists.
   */
  async export(id: string, to: string): Promise<Exported> {
    const { exportTask } = await import('./export.js');
    return exportTask(this.context, id, to);
  }

  /** Compares the files that must be on this host with Temporal; of all tasks when no ids are given. Throws `no_server`. */
  async verifyMirror(ids: readonly string[] = [], options?: Omit<MirrorOptions, 'ids'>): Promise<MirrorOutcome[]> {
    const { verifyMirror } = await import('./mirror.js');
    return verifyMirror(this.context, { ...options, ids });
  }

  /**
   * Throws `not_found`, `ambiguous` when several ids begin so, `usage` for one that is too short.
   * @returns the whole id of a shortened one
   */
  async resolveId(given: string): Promise<string> {
    const { resolveId } = await import('./context.js');
    return resolveId(this.context, given);
  }
}
