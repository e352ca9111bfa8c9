/** Signals and queries of a task. A handler only records or shows; the loop decides. */
import { defineQuery, defineSignal, setHandler } from '@temporalio/workflow';
import { toSignedMessage } from '../src/domain/messages.js';
import { QUERIES, SIGNALS } from '../src/domain/protocol.js';
/** Try again now, signed over workflow id and message id. Wakes a task that waits for a person. */
export const resumeSignal = defineSignal(SIGNALS.resume);
/** What a person says of a call that waits for approval, signed. */
export const decideSignal = defineSignal(SIGNALS.decide);
/** The calls that wait for approval. */
export const approvalsQuery = defineQuery(QUERIES.approvals);
export const statusQuery = defineQuery(QUERIES.status);
export const transcriptQuery = defineQuery(QUERIES.transcript);
const KEPT = 16;
export class Inbox {
    /** Messages that ask to try again; an activity verifies them before they count. */
    wakes;
    /** The task waits for a person, or looks at a message that came meanwhile; else there is nothing to try again. */
    open;
    constructor({ run, owed, asks }, carried) {
        this.wakes = [...(carried?.wakes ?? [])];
        this.open = typeof carried?.wait === 'string';
        setHandler(resumeSignal, (raw) => {
            const message = toSignedMessage(raw);
            // A flood is dropped here.
            if (this.open && message && this.wakes.length < KEPT)
                this.wakes.push(message);
        });
        setHandler(decideSignal, (decision) => asks.receive(decision));
        setHandler(approvalsQuery, () => ({ approvals: asks.approvals }));
        setHandler(statusQuery, () => ({
            record: run.record,
            phase: run.phase,
            reason: run.reason,
            mirror_behind_since: owed.behindSince,
            foreign: run.foreign,
        }));
        setHandler(transcriptQuery, () => ({ messages: run.messages }));
    }
}
//# sourceMappingURL=inbox.js.map