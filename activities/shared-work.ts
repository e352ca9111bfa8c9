/**
 * Work that the attempts of an activity share on this worker. When a heartbeat is late, because the process, its disk or
 * the server stalls, the server starts another attempt while the first one still works: it joins that work or takes its
 * result, so that no model is asked twice. A worker that dies loses the work, and the next attempt begins again.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { interruption } from './failure.js';
import type { HeartbeatState, LiveProgress } from './heartbeat.js';

/** What an attempt needs done. */
export interface PieceOfWork {
  /** What has one piece of work at a time: a run, a call. */
  readonly slot: string;
  /** Which piece of work of its slot: another one takes the place of the one before. */
  readonly key?: string;
  /** Its heartbeats tell the progress of the work. */
  readonly live: HeartbeatState;
  /** Stops the work. */
  readonly ended?: AbortSignal;
}

export interface Lifetime {
  /** A pause or a reset does not stop the work: the next run may take it. */
  readonly outlivesRun: boolean;
}

export class SharedWork<T> {
  readonly #works = new Map<string, Work<T>>();

  constructor(private readonly lifetime: Lifetime) {}

  /** Joins the work, or begins it. Rejects early when the server has given the attempt up; the work continues then. */
  async join(piece: PieceOfWork, begin: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { slot, key = slot, live } = piece;
    const found = this.#works.get(slot);
    const work = found?.key === key ? found : this.#begin({ slot, key, progress: live.progress }, begin);
    live.progress = work.progress;
    try {
      return await this.#await(work, piece.ended);
    } catch (error) {
      const isStopped = work.stop.signal.aborted || Context.current().cancellationSignal.aborted;
      throw isStopped ? interruption(error) : error;
    }
  }

  /** The slot will not be asked for again. */
  forget(slot: string): void {
    this.#works.delete(slot);
  }

  /** Registered before anything is awaited: an attempt at the same time joins. */
  #begin({ slot, ...named }: Named, begin: (signal: AbortSignal) => Promise<T>): Work<T> {
    const stop = new AbortController();
    const result = begin(stop.signal);
    const work: Work<T> = { ...named, stop, result, attempts: 0, done: false };
    this.#works.delete(slot);
    this.#works.set(slot, work);
    result.then(
      () => {
        work.done = true;
        this.#trim();
      },
      () => {
        work.done = true;
        if (this.#works.get(slot) === work) this.#works.delete(slot);
      },
    );
    return work;
  }

  async #await(work: Work<T>, ended: AbortSignal | undefined): Promise<T> {
    const context = Context.current();
    const signal = context.cancellationSignal;
    let giveUp: (reason: unknown) => void = () => undefined;
    const givenUp = new Promise<never>((_, reject) => {
      giveUp = reject;
    });
    const onEnded = (): void => work.stop.abort(ended?.reason);
    const onCancel = (): void => {
      const { cancelRequested, paused, reset, notFound, timedOut } = context.cancellationDetails ?? {};
      const isKept = !cancelRequested && this.lifetime.outlivesRun && (paused || reset);
      if (!cancelRequested && (notFound || timedOut)) giveUp(signal.reason);
      else if (!isKept) work.stop.abort(signal.reason);
    };
    work.attempts++;
    const stopListening = [listen(signal, onCancel), listen(ended, onEnded)];
    try {
      return await Promise.race([work.result, givenUp]);
    } finally {
      for (const stop of stopListening) stop();
      work.attempts--;
      if (isAbandoned(work)) void this.#awaitSuccessor(work, context);
    }
  }

  /**
   * Stops the work when no attempt will come for it. While the server does not answer, none can come. A run that is open
   * schedules the activity again, here or on another worker; after a reset, another run may do so.
   */
  async #awaitSuccessor(work: Work<T>, context: Context): Promise<void> {
    const { outlivesRun } = this.lifetime;
    for (let answers = 0; ; ) {
      const run = await lookAtRun(context);
      if (!isAbandoned(work)) return;
      if (run !== 'unknown') answers++;
      if (answers > (run === 'open' ? OPEN_RUN_LOOKS : Number(outlivesRun))) return work.stop.abort();
      await pause(LOOK_INTERVAL_MS, undefined, { ref: false });
    }
  }

  /** Results are kept because the server may not have got them: only the next activities show that it has. */
  #trim(): void {
    for (const [slot, { done }] of this.#works) {
      if (this.#works.size <= MAX_WORKS) break;
      if (done) this.#works.delete(slot);
    }
  }
}

// ---

/** More than a worker has at a time. */
const MAX_WORKS = 256;
const LOOK_INTERVAL_MS = 5_000;
/** A minute: the longest pause between two attempts. */
const OPEN_RUN_LOOKS = 12;

interface Named {
  readonly slot: string;
  readonly key: string;
  readonly progress: LiveProgress;
}

interface Work<T> extends Omit<Named, 'slot'> {
  readonly stop: AbortController;
  readonly result: Promise<T>;
  /** Attempts that await it, as far as this process can tell. */
  attempts: number;
  done: boolean;
}

function isAbandoned({ attempts, done, stop }: Work<unknown>): boolean {
  return attempts === 0 && !done && !stop.signal.aborted;
}

function listen(signal: AbortSignal | undefined, onAbort: () => void): () => void {
  if (signal?.aborted) onAbort();
  else signal?.addEventListener('abort', onAbort, { once: true });
  return () => signal?.removeEventListener('abort', onAbort);
}

/** `unknown`: the server does not answer. */
async function lookAtRun(context: Context): Promise<'open' | 'ended' | 'unknown'> {
  const { workflowId = '', runId } = context.info.workflowExecution ?? {};
  try {
    const { client } = context;
    const describe = () => client.workflow.getHandle(workflowId, runId).describe();
    // The attempt's own signal has ended the calls of its context.
    const { status } = await client.withAbortSignal(new AbortController().signal, () =>
      client.withDeadline(Date.now() + LOOK_INTERVAL_MS, describe),
    );
    return status.name === 'RUNNING' || status.name === 'PAUSED' ? 'open' : 'ended';
  } catch (error) {
    return (error as Error).name === 'WorkflowNotFoundError' ? 'ended' : 'unknown';
  }
}
