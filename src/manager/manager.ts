/**
 * The manager of the library: one method per verb, each in a separate file that is loaded on call. Signs automatically.
 * Needs a Temporal client for everything except reading.
 */

import { existsSync } from 'node:fs';
import type { InboxAnswer, RaisedLimits } from '../domain/control.js';
import { RookeryError } from '../domain/errors.js';
import { STALLED_MS } from '../domain/notice.js';
import { TASK_QUEUE, type TaskInput } from '../domain/protocol.js';
import type { Status } from '../domain/task.js';
import type { TaskFile } from '../domain/wire.js';
import { hostName } from '../mirror/host-name.js';
import { pathsOf } from '../mirror/paths.js';
import { listTasks, readTask } from '../mirror/reader.js';
import type { TaskSummary } from '../mirror/task-summaries.js';
import type { TemporalClient } from '../server/temporal-client.js';
import type { PersonDecision } from '../signing/decisions.js';
import { createSigner, loadKey } from '../signing/signature.js';
import type { CallTarget, WaitingApproval } from './approvals.js';
import { type ManagerContext, notFound, type VerbOutcome } from './context.js';
import type { Continued, ContinueOptions } from './continue.js';
import type { DecideOutcome } from './decide.js';
import type { Exported } from './export.js';
import type { Followed, FollowOptions } from './follow.js';
import type { Forked, ForkOptions } from './fork.js';
import type { HandoverOutcome } from './handover.js';
import type { Listed, ListServer } from './list.js';
import type { ObjectText } from './list-json.js';
import type { MirrorOptions, MirrorOutcome } from './mirror.js';
import type { MoveTarget } from './move.js';
import type { Needs } from './needs.js';
import type { PauseOptions } from './pause.js';
import type { Rerun, RerunOptions } from './rerun.js';
import type { TaskAnswer } from './result.js';
import type { ResumeOptions } from './resume.js';
import type { RetryOptions } from './retry.js';
import type { Receipt, SendOptions } from './send.js';
import type { StatusObject } from './status-object.js';
import type { SubmitOptions, Submitted } from './submit.js';
import { type NewTask, withCheckedSchema } from './task-schema.js';
import type { WaitOptions } from './wait.js';
import { openWorkDirectory } from './work-directory.js';

export interface ManagerOptions {
  readonly workdir: string;
  /** Absent: only the files can be read and written. */
  readonly client?: TemporalClient;
  /** Default: `signing.key` in the work directory, created if missing. */
  readonly signingKeyFile?: string;
  /** Default: the client's, else `default`. */
  readonly namespace?: string;
  /** Task queue of new tasks: that of the workers with the plugin. Default: `rookery`. */
  readonly taskQueue?: string;
  /** Names of the models that the workers have in `models.own`, for tasks that name one as their provider. */
  readonly ownModels?: readonly string[];
  /** Whether the files of new tasks are on this host. Default: true. */
  readonly bindToHost?: boolean;
  /** After how long without a change a task counts as stalled, in milliseconds. Default: 15 minutes. */
  readonly stalledMs?: number;
  /**
   * False for readers: a missing work directory is not created, and only methods that need no signature work then.
   * Default: true.
   */
  readonly create?: boolean;
}

/**
 * The codes named are those of a `RookeryError`. A method that needs the server also throws what the Temporal client
 * throws when it cannot reach it, and one that writes files throws `workdir` when they cannot be written.
 */
export class BackgroundTaskManager {
  private constructor(private readonly context: ManagerContext) {}

  /** Throws `environment` or `workdir` when the work directory or the signing key cannot be used safely. */
  static async open(options: ManagerOptions): Promise<BackgroundTaskManager> {
    const { client } = options;
    const paths = pathsOf(options.workdir);
    const { taskQueue = TASK_QUEUE, ownModels = [] } = options;
    const { stalledMs = STALLED_MS } = options;
    const others = { taskQueue, ownModels, stalledMs, ...(client ? { client } : {}) };
    if (options.create === false && !existsSync(paths.workdir))
      return new BackgroundTaskManager({ paths, signer: noSigner(paths.workdir), here: NO_HOST, ...others });
    await openWorkDirectory(paths);
    const key = await loadKey(options.signingKeyFile ?? paths.signingKey);
    const signer = createSigner(key, options.namespace ?? client?.options.namespace ?? 'default');
    const here = await hostName(paths);
    const bound = options.bindToHost === false ? {} : { host: here };
    return new BackgroundTaskManager({ paths, signer, here, ...bound, ...others });
  }

  /** The name of this host, as `detail.host` of a task has it whose files are in this work directory. */
  get host(): string {
    return this.context.here;
  }

  /**
   * Writes the `Pending` file, then starts the task (unless `start: false`). Throws `bad_input` for a wrong input or id
   * and for an id that exists; `no_server` without a client; `environment` when the task is written and not started.
   */
  async submit(task: string | NewTask, options?: SubmitOptions): Promise<Submitted> {
    const { submit } = await import('./submit.js');
    return submit(this.context, await withCheckedSchema(typeof task === 'string' ? { prompt: task } : task), options);
  }

  /**
   * Starts a task that was only written. Throws `not_found`, `no_server`, and `wrong_status` when it has ended.
   * @returns the run id
   */
  async execute(id: string): Promise<string> {
    const { startPending } = await import('./submit.js');
    return startPending(this.context, id);
  }

  /** Signs the input for a workflow id, for clients that cannot sign. Throws `bad_input`. */
  async sign(id: string, task: NewTask): Promise<TaskInput> {
    const { signedInput } = await import('./submit.js');
    return signedInput(this.context, id, await withCheckedSchema(task));
  }

  /**
   * Signs the input of a schedule, whose action has this workflow id, for clients that cannot sign. Throws `bad_input`.
   */
  async signSchedule(workflowId: string, task: NewTask): Promise<TaskInput> {
    const { signedScheduleInput } = await import('./submit.js');
    return signedScheduleInput(this.context, workflowId, await withCheckedSchema(task));
  }

  /** Throws `not_found`. */
  async status(id: string): Promise<StatusObject> {
    const { status } = await import('./status.js');
    return status(this.context, id);
  }

  /** The answer: its text, and its value where the task has a schema. Throws `not_found`. */
  async result(id: string): Promise<TaskAnswer> {
    const { answer } = await import('./result.js');
    return answer(this.context, id);
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
   * Resolves when the task is cancelled and its tool has stopped. Throws `no_server`, `not_found`, and `wrong_status` for
   * one that has ended otherwise.
   */
  async cancel(id: string, signal?: AbortSignal): Promise<VerbOutcome> {
    const { cancel } = await import('./cancel.js');
    return cancel(this.context, id, signal);
  }

  /**
   * Starts, adopts, wakes or repairs a task. Throws `no_server`, `not_found`, `wrong_status` for one that has ended,
   * `bad_input` for a broken file, `usage` for a provider that is none here.
   */
  async resume(id: string, options?: ResumeOptions): Promise<VerbOutcome> {
    const { resume } = await import('./resume.js');
    return resume(this.context, id, options);
  }

  /** Resumes every task that has not ended. Throws `no_server`; the error of one task is its outcome. */
  async resumeIncomplete(options?: ResumeOptions): Promise<VerbOutcome[]> {
    const { resumeIncomplete } = await import('./resume.js');
    return resumeIncomplete(this.context, options);
  }

  /**
   * Continues a task that has ended, in a new run with its conversation, limits and spend; `text` is added as what the
   * person says. Throws `no_server`, `not_found`, `wrong_status` for one that runs, or needs no retry, `bad_input` for a
   * start that is not signed with the key here, and when it would end at once at a limit.
   */
  async continueTask(id: string, options?: ContinueOptions): Promise<Continued> {
    const { continueTask } = await import('./continue.js');
    return continueTask(this.context, id, options);
  }

  /** Like `continueTask` from the last good iteration, without a text; one that runs already is no error. Throws the same. */
  async retry(id: string, options?: RetryOptions): Promise<VerbOutcome> {
    const { retry } = await import('./retry.js');
    return retry(this.context, id, options);
  }

  /** Retries every failed task. Throws `no_server`; the error of one task is its outcome. */
  async retryFailed(options?: RetryOptions): Promise<VerbOutcome[]> {
    const { retryFailed } = await import('./retry.js');
    return retryFailed(this.context, options);
  }

  /**
   * Starts a new task with the same input. Throws `no_server`, `not_found`, and `bad_input` for a start that is not signed
   * with the key here.
   */
  async rerun(id: string, options?: RerunOptions): Promise<Rerun> {
    const { rerun } = await import('./rerun.js');
    return rerun(this.context, id, options);
  }

  /**
   * Starts a new task with the conversation of any task, up to and with one iteration. Throws `no_server`, `not_found`, and
   * `bad_input` for an iteration that it does not have or that nothing can follow, and like `continueTask`.
   */
  async fork(id: string, options: ForkOptions): Promise<Forked> {
    const { fork } = await import('./fork.js');
    return fork(this.context, id, options);
  }

  /**
   * Moves a task to another host, where it continues; calls that may have been started where it was count as interrupted.
   * Resolves when it has moved, or the message is recorded and no worker of that host polls. Throws `no_server`,
   * `not_found`, `usage` for a name that is none of a host, `wrong_status` when it has ended or that host refuses it.
   */
  async move(id: string, target: MoveTarget): Promise<VerbOutcome> {
    const { move } = await import('./move.js');
    return move(this.context, id, target);
  }

  /**
   * Says something to a task; the server keeps the message, also while no worker runs. Throws `no_server`, `not_found`,
   * `usage` for a text that is empty or too long, `wrong_status` when the task has ended or refuses it, the signal's reason.
   */
  async send(id: string, text: string, options?: SendOptions): Promise<Receipt> {
    const { send } = await import('./send.js');
    return send(this.context, id, { ...options, text });
  }

  /**
   * Withdraws a message that has not been delivered; its id may be shortened. Throws `no_server`, `not_found`, `ambiguous`,
   * `wrong_status` when it was delivered or the task has ended, `environment` for a shortened id when no worker answers.
   */
  async withdraw(id: string, message: string): Promise<Receipt> {
    const { withdraw } = await import('./send.js');
    return withdraw(this.context, id, message);
  }

  /** Stops a task before its next step. Throws `no_server`, `not_found`, `usage` for a long reason, `wrong_status`. */
  async pause(id: string, options?: PauseOptions): Promise<VerbOutcome> {
    const { pause } = await import('./pause.js');
    return pause(this.context, id, options);
  }

  /** Pauses every task that has not ended. Throws `no_server`; the error of one task is its outcome. */
  async pauseAll(options?: PauseOptions): Promise<VerbOutcome[]> {
    const { pauseAll } = await import('./pause.js');
    return pauseAll(this.context, options);
  }

  /** Lets a paused task continue. Throws `no_server`, `not_found`, `wrong_status`, `environment` when it has no effect. */
  async unpause(id: string): Promise<VerbOutcome> {
    const { unpause } = await import('./unpause.js');
    return unpause(this.context, id);
  }

  /** Lets every paused task continue. Throws `no_server`; the error of one task is its outcome. */
  async unpauseAll(): Promise<VerbOutcome[]> {
    const { unpauseAll } = await import('./unpause.js');
    return unpauseAll(this.context);
  }

  /**
   * Raises limits of a task to new values. Throws `no_server`, `not_found`, `wrong_status`, `usage` for a limit that is not
   * higher than the present one, `environment` when it has no effect.
   */
  async raise(id: string, limits: RaisedLimits): Promise<VerbOutcome> {
    const { raise } = await import('./raise.js');
    return raise(this.context, id, limits);
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
   * Approves or denies a waiting call; resolves when the decision has taken effect, or the call runs or has its turn later.
   * Throws `no_server`, `not_found`, `wrong_status` when no call waits, `ambiguous` when several do, `environment` when
   * no worker acts on it.
   */
  async decide(given: CallTarget, answer: PersonDecision): Promise<DecideOutcome> {
    const { decide } = await import('./decide.js');
    return decide(this.context, given, answer);
  }

  /** Answers a waiting question. Throws as `decide`, and `bad_input` for a text that is empty or over 64 KiB. */
  async answer(given: CallTarget, text: string): Promise<DecideOutcome> {
    const { answer } = await import('./decide.js');
    return answer(this.context, given, text);
  }

  /**
   * Writes a copy of the task as JSON, as a Markdown transcript, or as both into a directory. The task is not touched.
   * Throws `not_found`, `usage` for a file of another kind, `bad_input` for one that exists.
   */
  async export(id: string, to: string): Promise<Exported> {
    const { exportTask } = await import('./export.js');
    return exportTask(this.context, id, to);
  }

  /**
   * Hands the task over to a directory that RavenClaws uses; here it ends as cancelled. Throws `no_server`, `not_found`,
   * `wrong_status` for one that has ended or never ran, `usage` or `bad_input` for a directory that cannot take it.
   */
  async handOver(id: string, directory: string): Promise<HandoverOutcome> {
    const { handOverTask } = await import('./handover.js');
    return handOverTask(this.context, id, directory);
  }

  /** Compares the files that must be on this host with Temporal; of all tasks when no ids are given. Throws `no_server`. */
  async verifyMirror(ids: readonly string[] = [], options?: Omit<MirrorOptions, 'ids'>): Promise<MirrorOutcome[]> {
    const { verifyMirror } = await import('./mirror.js');
    return verifyMirror(this.context, { ...options, ids });
  }

  /** Rewrites the files that must be on this host from Temporal alone, byte for byte. Throws `no_server`. */
  async rebuildMirror(ids: readonly string[] = [], options?: Omit<MirrorOptions, 'ids'>): Promise<MirrorOutcome[]> {
    const { rebuildMirror } = await import('./mirror.js');
    return rebuildMirror(this.context, { ...options, ids });
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

// ---

/** The name of no host: all files are elsewhere. */
const NO_HOST = '';

/** There is no key in a work directory that does not exist. */
function noSigner(workdir: string): ManagerContext['signer'] {
  const refuse = (): never => {
    throw new RookeryError('workdir', `There is no work directory ${workdir}`, { hint: 'Check --workdir' });
  };
  const verifies = (): boolean => false;
  return {
    ...{ signStart: refuse, signMessage: refuse },
    ...{ verifyStart: verifies, verifyAgent: verifies, verifySchedule: verifies, verifyMessage: verifies },
  };
}
