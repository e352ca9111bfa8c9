/**
 * Asks for the next reply until there is one: through lost workers, provider errors, and waits for a person or for a
 * time that the provider named. Ends the task only for errors that no waiting can resolve.
 */
import { isCancellation, patched } from '@temporalio/workflow';
import type { IterateResult } from '../src/domain/activity-calls.js';
import { grouped } from '../src/domain/cost.js';
import { FIXED } from '../src/domain/limits.js';
import type { SignedMessage } from '../src/domain/messages.js';
import { isContinuation } from '../src/domain/own-turns.js';
import { asWait, type FailedTry, type Wait, waitAfterErrors, waitForPersonAfter } from '../src/domain/wait.js';
import { notifierOf, searchOf, type Trouble, troubleOf, usageOf } from './classify-failure.js';
import type { Dispatch, Sending } from './dispatch.js';
import { whilePaused } from './pause.js';
import type { PendingMirror } from './pending-mirror.js';
import { leaveWait, waitForTry } from './person-wait.js';
import type { Accepted, TaskRun } from './task-state.js';
import { tellNearLimits } from './tell.js';
import type { Waiter } from './waiter.js';

/** The outcome of asking. `moved`: history is long, continue in a new run. `again`: ask once more, in this way. */
export type NextReply =
  | { readonly kind: 'accepted'; readonly result: Accepted; readonly sentTail: number }
  | { readonly kind: 'failed'; readonly error: string; readonly refused: boolean }
  | { readonly kind: 'out_of_time' }
  | { readonly kind: 'moved' }
  /** The task is at a limit, or its time was over while it was paused: the loop takes over. */
  | { readonly kind: 'halted' }
  | Again;

export interface Again {
  readonly kind: 'again';
  readonly wake?: SignedMessage | undefined;
  /** Any host may take it. */
  readonly common: boolean;
  /** No worker has answered the request: send the same again, also in the middle of a wait. */
  readonly lost: boolean;
}

export interface ReplyAsker extends Waiter {
  readonly pendingMirror: PendingMirror;
  readonly dispatch: Dispatch;
}

/** Not `async`: the sandbox takes a stack trace for each promise, so an iteration creates few. */
export function nextReply(asker: ReplyAsker, asking: Again = FIRST): Promise<NextReply> {
  if (asker.waiting === null || asking.lost) return attemptUnpaused(asker, asking);
  return waitForTry(asker, asker.waiting).then((wake) =>
    wake === 'moved' ? { kind: 'moved' } : attemptUnpaused(asker, { ...asking, wake }),
  );
}

// ---

const FIRST: Again = { kind: 'again', common: false, lost: false };

function attemptUnpaused(asker: ReplyAsker, asking: Again): Promise<NextReply> {
  const halted = whilePaused(asker);
  if (!halted) return attempt(asker, asking);
  return halted.then((how) => {
    if (how !== 'moved') return attempt(asker, asking);
    if (asking.wake) asker.inbox.wakes.unshift(asking.wake);
    return asker.mustMove() ? { kind: 'moved' } : { kind: 'halted' };
  });
}

function attempt(asker: ReplyAsker, asking: Again): Promise<NextReply> {
  const { run, control } = asker;
  // Rejected replies are paid for, and waits take time.
  const spent = run.spentLimit;
  if (spent !== undefined) {
    if (run.input.on_limit === 'ask' || control.isVerifying) return Promise.resolve({ kind: 'halted' });
    return Promise.resolve({ kind: 'failed', error: spent, refused: false });
  }
  tellNearLimits(run, 'between replies');
  // What comes between the pieces of a reply would part them.
  if (!isContinuation(run.tail.at(-1)) && control.deliver()) {
    run.completeRound();
    asker.pendingMirror.markDirty();
  }
  const sentTail = run.tail.length;
  return ask(asker, asking, {
    done(result) {
      // The scope of the loop is already cancelled: the next step ends it.
      if (result.kind === 'stopped') return asking;
      if (result.kind === 'message_refused') {
        asker.waiting = refusedWake(asker.waiting);
        return { ...asking, lost: false };
      }
      if (asker.waiting !== null) leaveWait(asker);
      return { kind: 'accepted', result, sentTail };
    },
    failed: (error) => afterTrouble(asker, asking, error),
  });
}

function afterTrouble(asker: ReplyAsker, { wake }: Again, error: unknown): NextReply {
  if (isCancellation(error)) throw error;
  const { run } = asker;
  run.spend(usageOf(error));
  run.hearOfNotifier(notifierOf(error));
  run.hearOfSearch(searchOf(error));
  const trouble = troubleOf(error);
  if (trouble.kind === 'out_of_time') return trouble;
  if (trouble.kind === 'fatal') return { kind: 'failed', error: trouble.reason, refused: false };
  if (trouble.kind === 'refused' && run.isFresh) {
    return { kind: 'failed', error: trouble.reason, refused: true };
  }
  if (trouble.kind === 'lost') asker.dispatch.forget();
  if (trouble.kind === 'person' || trouble.kind === 'refused') {
    const now = Date.now();
    asker.waiting = asWait(waitForPersonAfter(timed(trouble), now), { now, before: asker.waiting });
  }
  if (trouble.kind === 'provider') countErrors(asker, trouble);
  const common = trouble.kind === 'host_gone';
  return { kind: 'again', wake, common, lost: common || trouble.kind === 'lost' };
}

function ask(
  { run, dispatch, mirroring }: ReplyAsker,
  { wake, common }: Again,
  what: Pick<Sending<IterateResult, NextReply>, 'done' | 'failed'>,
): Promise<NextReply> {
  const inline = run.pending().length > 0;
  const n = run.record.iterations + 1;
  // Inline tools read the workspace: only its host may take them, however long the wait.
  const elsewhere = !inline && (common || dispatch.hostIsAway);
  const bound = run.host !== null && !elsewhere;
  run.show(run.errors > 0 ? 'retrying' : 'thinking', run.reason);
  if (!bound && run.host !== null) mirroring.flush();
  return dispatch.send(
    ({ base, groups, where, activities }) =>
      activities.iterate.executeWithOptions({ ...where, summary: summaryOf(run, n) }, [
        {
          ...base,
          n,
          ...(run.ownIterations + 1 < run.limits.max_iterations ? { compacts: true as const } : {}),
          ...(run.errors > 0 ? { errors: run.errors } : {}),
          ...(run.deadline === null ? {} : { deadline: run.deadline }),
          ...(wake ? { wake } : {}),
        },
        ...groups,
      ]),
    { bound, otherwise: inline ? undefined : 'ask another', ...what },
  );
}

function summaryOf(run: TaskRun, n: number): string {
  const tokens = grouped(run.record.usage.total_tokens);
  return `iteration ${n} · ${run.record.model ?? 'model'} · ${tokens} tokens so far`;
}

function countErrors(asker: ReplyAsker, trouble: Extract<Trouble, { kind: 'provider' }>): void {
  const { run } = asker;
  const now = Date.now();
  run.errors += trouble.attempts;
  run.errorsSince ??= now;
  const tooLong = run.errors >= FIXED.providerErrors || now - run.errorsSince >= FIXED.providerDownMs;
  const next = waitAfterErrors(timed(trouble), { now, tooLong, before: asker.waiting });
  if (next === null && asker.waiting !== null) leaveWait(asker);
  asker.waiting = next && asWait(next, { now, before: asker.waiting, cause: 'provider' });
  run.reason = trouble.reason;
}

/** Runs that were recorded before the workflow waited for a named time have no timer for it. */
function timed({ reason, retryAt }: FailedTry): FailedTry {
  return retryAt !== undefined && patched('provider-waits') ? { reason, retryAt } : { reason };
}

function refusedWake(waiting: Wait | null): Wait {
  const note = ' (a resume without a valid signature was refused)';
  const wait = waiting ?? { phase: 'waiting_person', reason: 'waiting' };
  return wait.reason.endsWith(note) ? wait : { ...wait, reason: wait.reason + note };
}
