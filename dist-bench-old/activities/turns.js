/**
 * Lets one pass at a time, in the order in which they came, and rests after each: what goes this way takes the share of the
 * time in which this process has nothing else to do, and a quarter of it in any case. Whoever takes long holds nobody up
 * for longer than its turn: a disk that hangs for one must not hang for all. Knows nothing of what they do.
 */
import { performance } from 'node:perf_hooks';
const LONGEST_REST = 3;
export class Turns {
    turnMs;
    #last = Promise.resolve();
    #load = performance.eventLoopUtilization();
    constructor(turnMs) {
        this.turnMs = turnMs;
    }
    async take(work) {
        const before = this.#last;
        let pass = () => undefined;
        this.#last = new Promise((resolve) => {
            pass = resolve;
        });
        await before;
        const begun = performance.now();
        const timer = setTimeout(pass, this.turnMs);
        try {
            return await work();
        }
        finally {
            clearTimeout(timer);
            const took = performance.now() - begun;
            setTimeout(pass, Math.min(took * this.#rest(), this.turnMs - took));
        }
    }
    /** How many times as long as the turn took: none in an idle process. */
    #rest() {
        const before = this.#load;
        this.#load = performance.eventLoopUtilization();
        const { utilization: busy } = performance.eventLoopUtilization(this.#load, before);
        return Math.min(LONGEST_REST, busy / (1 - busy));
    }
}
//# sourceMappingURL=turns.js.map