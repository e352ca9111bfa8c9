/**
 * Common to all activities: heartbeats while the activity runs, and its task token on disk. Independent of the
 * activity's work.
 */
import { Context } from '@temporalio/activity';
import type { HeartbeatDetails, RejectedReplies } from '../src/domain/activity-calls.js';
import { FIXED } from '../src/domain/limits.js';
import { NO_USAGE } from '../src/domain/task.js';
import { splitThoughts } from '../src/domain/thoughts.js';
import type { ActivityDeps } from './ports.js';

const HEARTBEAT_MS = 700;
const NONE_REJECTED: RejectedReplies = Object.freeze({ usage: NO_USAGE, empty: 0 });

/** What the work of an activity has come to. */
export interface LiveProgress {
  /** The reply so far. */
  text: string | undefined;
  /** Replies that were rejected since the activity was scheduled. */
  rejected: RejectedReplies;
}

/** Details of the next heartbeat. */
export interface HeartbeatState extends LiveProgress {
  /** Of this attempt's own work, or of the work of an earlier attempt that it joined. */
  progress: LiveProgress;
  /** Since when the files cannot be written. */
  behindSince: () => number | undefined;
  /** Sends the details now. */
  send: () => void;
}

export async function withHeartbeat<T>(deps: ActivityDeps, work: (live: HeartbeatState) => Promise<T>): Promise<T> {
  const context = Context.current();
  const tokenNote = deps.running.note(context.info.taskToken);
  let isOver = false;
  // The work may continue when this attempt is over: then the next attempt tells of it.
  const send = (): void => {
    if (!isOver) context.heartbeat(detailsOf(deps, live));
  };
  const live = createState({ text: undefined, rejected: rejectedBefore() }, send);
  // Not before the first interval: each heartbeat costs the server a write, and a quick activity ends before one is
  // due.
  const timer = setInterval(send, HEARTBEAT_MS);
  try {
    return await work(live);
  } finally {
    isOver = true;
    clearInterval(timer);
    tokenNote.done();
  }
}

function createState(progress: LiveProgress, send: () => void): HeartbeatState {
  return {
    progress,
    behindSince: () => undefined,
    send,
    get text() {
      return this.progress.text;
    },
    set text(text) {
      this.progress.text = text;
    },
    get rejected() {
      return this.progress.rejected;
    },
    set rejected(rejected) {
      this.progress.rejected = rejected;
    },
  };
}

/** What an earlier attempt of this activity noted. */
function rejectedBefore(): RejectedReplies {
  const details = Context.current().info.heartbeatDetails as HeartbeatDetails | null | undefined;
  return details?.rejected ?? NONE_REJECTED;
}

function detailsOf(deps: ActivityDeps, { text, behindSince, rejected }: HeartbeatState): HeartbeatDetails | undefined {
  const since = behindSince();
  // Reasoning in tags is not part of the reply.
  const said = splitThoughts(text ?? '').text;
  if (said === '' && since === undefined && rejected === NONE_REJECTED) return undefined;
  return {
    ...(said === '' ? {} : { text: keepEnd(deps.redact(said)) }),
    ...(since === undefined ? {} : { behind_since: since }),
    ...(rejected === NONE_REJECTED ? {} : { rejected }),
  };
}

/** Keeps the end of the text, which is being generated now; `…` stands for what was before it. */
function keepEnd(text: string): string {
  // Each code unit has at least one byte.
  const bytes = Buffer.from(text.slice(-FIXED.liveTextBytes));
  if (text.length <= FIXED.liveTextBytes && bytes.length <= FIXED.liveTextBytes) return text;
  const end = bytes.subarray(-(FIXED.liveTextBytes - Buffer.byteLength(CUT)));
  // A character that was cut in two is no character any more.
  return CUT + end.toString().replace(/^\uFFFD+/, '');
}

const CUT = '…';
