import { TASK_QUEUE } from '../src/domain/protocol.js';
export class Dispatch {
    run;
    owed;
    /** The token that was last sent whole: its worker has it, or is about to. */
    #shipped;
    /**
     * Workers of several hosts take from the common queue. Until one shows, everything goes there: the server hands an
     * activity of that queue straight to the worker that has the workflow, which saves a third of its writes.
     */
    #scattered = false;
    constructor(run, owed) {
        this.run = run;
        this.owed = owed;
    }
    /**
     * `bound`: only the task's host may take it, and shows beside it what is owed to the files. Not `async`: the sandbox takes
     * a stack trace for each promise, and every iteration comes this way.
     */
    send(schedule, bound = true, how = 'lean') {
        const token = this.run.state;
        const parcel = this.#parcel(how, bound);
        const { record } = parcel.base;
        return schedule(parcel).then((result) => {
            if (!isUnheard(result)) {
                if (record)
                    this.owed.landed(result);
                return result;
            }
            this.owed.missed(record);
            if (result.kind !== 'elsewhere')
                return this.send(schedule, bound, this.#next(how, token));
            this.#scattered = true;
            return this.send(schedule, bound, how);
        }, (error) => {
            this.owed.missed(record);
            throw error;
        });
    }
    /** A worker died: what was sent to it is lost. */
    forget() {
        this.#shipped = undefined;
    }
    #next(how, token) {
        // A newer result came meanwhile: the worker that gave it has the conversation.
        if (this.run.state !== token)
            return 'lean';
        return this.#shipped === token && how !== 'expect' ? 'expect' : 'whole';
    }
    #parcel(how, bound) {
        const { state, input, host } = this.run;
        const sendsWhole = how === 'whole' || (state === null && this.run.hasMore);
        const whole = sendsWhole ? this.run.wholeGroups() : [];
        const tail = this.run.tailGroups();
        if (sendsWhole)
            this.#shipped = state;
        // Without a host yet: who takes the first iteration becomes it.
        const record = bound || host === null ? this.owed.take() : undefined;
        return {
            base: {
                state,
                ...(sendsWhole ? { whole: whole.length } : {}),
                ...(sendsWhole ? { start: input } : {}),
                ...(how === 'expect' ? { expect: true } : {}),
                ...(bound && host !== null ? { host } : {}),
                ...(record ? { record } : {}),
            },
            groups: sendsWhole ? [...whole, ...tail] : tail,
            queue: bound && host !== null && this.#scattered ? host : TASK_QUEUE,
        };
    }
}
// ---
function isUnheard(result) {
    return result.kind === 'needed' || result.kind === 'elsewhere';
}
//# sourceMappingURL=dispatch.js.map