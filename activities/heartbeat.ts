/**
 * Common to all activities: heartbeats while the activity runs, and its task token on disk. Independent of the
 * activity's work.
 */
import { Context } from '@temporalio/activity';
import { FIXED } from '../src/domain/limits.js';
import type { HeartbeatDetails } from '../src/domain/protocol.js';
import { splitThoughts } from '../src/domain/thoughts.js';
import type { ActivityDeps } from './ports.js';

const BEAT_MS = 700;

/** Details of the next heartbeat. */
export interface Live {
  /** The reply so far. */
  text: string | undefined;
  /** Since when the files cannot be written. */
  behind: () => number | undefined;
}

export async function attended<T>(deps: ActivityDeps, work: (live: Live) => Promise<T>): Promise<T> {
  const context = Context.current();
  const note = deps.running.note(context.info.taskToken);
  const live: Live = { text: undefined, behind: () => undefined };
  const beat = (): void => context.heartbeat(detailsOf(deps, live));
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

function detailsOf(deps: ActivityDeps, { text, behind }: Live): HeartbeatDetails | undefined {
  const since = behind();
  // Reasoning in tags is no part of the reply.
  const said = splitThoughts(text ?? '').text;
  if (said === '' && since === undefined) return undefined;
  return {
    ...(said === '' ? {} : { text: cutStart(deps.redact(said)) }),
    ...(since === undefined ? {} : { behind_since: since }),
  };
}

/** Keeps the end of the text, which is being generated now. */
function cutStart(text: string): string {
  const tail = text.slice(-FIXED.liveTextBytes / 4);
  return (tail.length < text.length ? `…${tail}` : tail).replace(/^[\uDC00-\uDFFF]/, '');
}
