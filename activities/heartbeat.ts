/**
 * Common to all activities: heartbeats while the activity runs, and its task token on disk. Independent of the
 * activity's work.
 */
import { Context } from '@temporalio/activity';
import { FIXED } from '../src/domain/limits.js';
import type { HeartbeatDetails, RejectedReplies } from '../src/domain/protocol.js';
import { NO_USAGE } from '../src/domain/task.js';
import type { ActivityDeps } from './ports.js';

const BEAT_MS = 700;
const NONE_REJECTED: RejectedReplies = Object.freeze({ usage: NO_USAGE, empty: 0 });

/** Details of the next heartbeat. */
export interface Live {
  /** The reply so far. */
  text: string | undefined;
  /** Since when the files cannot be written. */
  behind: () => number | undefined;
  /** Replies that were rejected since the activity was scheduled. */
  rejected: RejectedReplies;
  /** Sends the details now. */
  beat: () => void;
}

export async function attended<T>(deps: ActivityDeps, work: (live: Live) => Promise<T>): Promise<T> {
  const context = Context.current();
  const note = deps.running.note(context.info.taskToken);
  const beat = (): void => context.heartbeat(detailsOf(deps, live));
  const live: Live = { text: undefined, behind: () => undefined, rejected: rejectedBefore(), beat };
  // Not before the first interval: each heartbeat costs the server a write, and a quick activity ends before one is
  // due.
  const timer = setInterval(beat, BEAT_MS);
  try {
    return await work(live);
  } finally {
    clearInterval(timer);
    note.done();
  }
}

/** What an earlier attempt of this activity noted. */
function rejectedBefore(): RejectedReplies {
  const details = Context.current().info.heartbeatDetails as HeartbeatDetails | null | undefined;
  return details?.rejected ?? NONE_REJECTED;
}

function detailsOf(deps: ActivityDeps, { text, behind, rejected }: Live): HeartbeatDetails | undefined {
  const since = behind();
  if (text === undefined && since === undefined && rejected === NONE_REJECTED) return undefined;
  return {
    ...(text === undefined ? {} : { text: cutStart(deps.redact(text)) }),
    ...(since === undefined ? {} : { behind_since: since }),
    ...(rejected === NONE_REJECTED ? {} : { rejected }),
  };
}

/** Keeps the end of the text, which is being generated now. */
function cutStart(text: string): string {
  const tail = text.slice(-FIXED.liveTextBytes / 4);
  return (tail.length < text.length ? `…${tail}` : tail).replace(/^[\uDC00-\uDFFF]/, '');
}
