/**
 * What surrounds every activity: heartbeats from the first line to the last, and its task token on disk while it runs.
 * Knows nothing of what the activity does.
 */
import { Context } from '@temporalio/activity';
import { FIXED } from '../src/domain/limits.js';
import type { ActivityDeps } from './deps.js';

const BEAT_MS = 700;

/** Sets the live text that the next heartbeat carries. */
export type Live = (text: string) => void;

export async function attended<T>(deps: ActivityDeps, work: (live: Live) => Promise<T>): Promise<T> {
  const context = Context.current();
  const note = deps.running.note(context.info.taskToken);
  let text: string | undefined;
  const beat = (): void => context.heartbeat(text === undefined ? undefined : { text });
  beat();
  const timer = setInterval(beat, BEAT_MS);
  try {
    return await work((soFar) => {
      text = cutStart(deps.redact(soFar));
    });
  } finally {
    clearInterval(timer);
    note.done();
  }
}

/** The end of the text: what is being written now. */
function cutStart(text: string): string {
  const tail = text.slice(-FIXED.liveTextBytes / 4);
  return (tail.length < text.length ? `…${tail}` : tail).replace(/^[\uDC00-\uDFFF]/, '');
}
