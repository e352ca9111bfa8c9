/**
 * What surrounds every activity: heartbeats as long as it lasts, and its task token on disk while it runs.
 * Knows nothing of what the activity does.
 */
import { Context } from '@temporalio/activity';
import { FIXED } from '../src/domain/limits.js';
const BEAT_MS = 700;
export async function attended(deps, work) {
    const context = Context.current();
    const note = deps.running.note(context.info.taskToken);
    const live = { text: undefined, behind: () => undefined };
    const beat = () => context.heartbeat(detailsOf(deps, live));
    // Not before the first interval: each costs the server a write, and a quick activity ends before it is missed.
    const timer = setInterval(beat, BEAT_MS);
    try {
        return await work(live);
    }
    finally {
        clearInterval(timer);
        note.done();
    }
}
function detailsOf(deps, { text, behind }) {
    const since = behind();
    if (text === undefined && since === undefined)
        return undefined;
    return {
        ...(text === undefined ? {} : { text: cutStart(deps.redact(text)) }),
        ...(since === undefined ? {} : { behind_since: since }),
    };
}
/** The end of the text: what is being written now. */
function cutStart(text) {
    const tail = text.slice(-FIXED.liveTextBytes / 4);
    return (tail.length < text.length ? `…${tail}` : tail).replace(/^[\uDC00-\uDFFF]/, '');
}
//# sourceMappingURL=heartbeat.js.map