/**
 * Common to all activities: heartbeats while the activity runs, and its task token on disk. Independent of the
 * activity's work.
 */
import { Context } from '@temporalio/activity';
import { FIXED } from '../src/domain/limits.js';
import type { HeartbeatDetails } from '../src/domain/protocol.js';
import { splitThoughts } from '../src/domain/thoughts.js';
import type { ActivityDeps } from './ports.js';

const HEARTBEAT_MS = 700;

/** Details of the next heartbeat. */
export interface HeartbeatState {
  /** The reply so far. */
  text: string | undefined;
  /** Since when the files cannot be written. */
  behindSince: () => number | undefined;
}

export async function withHeartbeat<T>(deps: ActivityDeps, work: (live: HeartbeatState) => Promise<T>): Promise<T> {
  const context = Context.current();
  const tokenNote = deps.running.note(context.info.taskToken);
  const live: HeartbeatState = { text: undefined, behindSince: () => undefined };
  const sendHeartbeat = (): void => context.heartbeat(detailsOf(deps, live));
  // Not before the first interval: each heartbeat costs the server a write, and a quick activity ends before one is
  // due.
  const timer = setInterval(sendHeartbeat, HEARTBEAT_MS);
  try {
    return await work(live);
  } finally {
    clearInterval(timer);
    tokenNote.done();
  }
}

function detailsOf(deps: ActivityDeps, { text, behindSince }: HeartbeatState): HeartbeatDetails | undefined {
  const since = behindSince();
  // Reasoning in tags is no part of the reply.
  const said = splitThoughts(text ?? '').text;
  if (said === '' && since === undefined) return undefined;
  return {
    ...(said === '' ? {} : { text: keepEnd(deps.redact(said)) }),
    ...(since === undefined ? {} : { behind_since: since }),
  };
}

/** Keeps the end of the text, which is being generated now. */
function keepEnd(text: string): string {
  const tail = text.slice(-FIXED.liveTextBytes / 4);
  return (tail.length < text.length ? `…${tail}` : tail).replace(/^[\uDC00-\uDFFF]/, '');
}
