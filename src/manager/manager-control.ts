/** The methods of the manager that control tasks: they stop them, let them continue, speak to them and decide for them. */
import type { RaisedLimits } from '../domain/control.js';
import type { PersonDecision } from '../signing/decisions.js';
import type { CallTarget } from './approvals.js';
import type { VerbOutcome } from './context.js';
import type { Continued, ContinueOptions } from './continue.js';
import type { DecideOutcome } from './decide.js';
import type { Forked, ForkOptions } from './fork.js';
import type { HandoverOutcome } from './handover.js';
import { TaskReads } from './manager-reads.js';
import type { MirrorOptions, MirrorOutcome } from './mirror.js';
import type { MoveTarget } from './move.js';
import type { PauseOptions } from './pause.js';
import type { Rerun, RerunOptions } from './rerun.js';
import type { ResumeOptions } from './resume.js';
import type { RetryOptions } from './retry.js';
import type { Receipt, SendOptions } from './send.js';

export abstract class TaskControl extends TaskReads {
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
   * Says something to a task; the server keeps the message, also while no worker runs. A task that has ended continues with
   * it in a new run. Throws `no_server`, `not_found`, `usage` for a text that is empty or too long, `wrong_status` when the
   * task never ran or refuses it, as `continueTask` for one that has ended, the signal's reason.
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
   * Hands the task over to a directory that RavenClaws uses; here it ends as cancelled. Throws `no_server`, `not_found`,
   * `wrong_status` for one that has ended or never ran, `usage` or `bad_input` for a directory that cannot take it.
   */
  async handOver(id: string, directory: string): Promise<HandoverOutcome> {
    const { handOverTask } = await import('./handover.js');
    return handOverTask(this.context, id, directory);
  }

  /** Rewrites the files that must be on this host from Temporal alone, byte for byte. Throws `no_server`. */
  async rebuildMirror(ids: readonly string[] = [], options?: Omit<MirrorOptions, 'ids'>): Promise<MirrorOutcome[]> {
    const { rebuildMirror } = await import('./mirror.js');
    return rebuildMirror(this.context, { ...options, ids });
  }
}
