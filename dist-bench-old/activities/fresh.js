/**
 * Keeps the files of tasks fresh beside the work of other activities: never slows one, never fails one. One task after
 * another is written, the newest state wins, and between two writes of one there is a gap: with a fast model the files would
 * cost more than the work. So a worker that has time writes each iteration, one that has none writes fewer. What is not
 * written when the worker dies comes again with the next activity.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { FIXED } from '../src/domain/limits.js';
import { Turns } from './turns.js';
const RETRY_MS = 500;
/** The question to the model goes first. */
const AFTERWARDS_MS = 10;
const REMEMBERED = 2_000;
/** Many times what a write takes. */
const TURN_MS = 250;
export class Fresh {
    write;
    gapMs;
    #entries = new Map();
    #turns = new Turns(TURN_MS);
    constructor(write, gapMs = FIXED.mirrorGapMs) {
        this.write = write;
        this.gapMs = gapMs;
    }
    /** Shows the state soon, if no newer one comes before. */
    show(run, state) {
        const entry = this.#entry(run);
        const ended = new AbortController();
        entry.newest = state;
        entry.riders.add(ended);
        if (!entry.writing)
            void this.#work(entry);
        return {
            ended: ended.signal,
            get behindSince() {
                return entry.behindSince;
            },
            report() {
                const { found, behindSince } = entry;
                entry.found = undefined;
                return { ...(found ? { found } : {}), ...(behindSince === undefined ? {} : { behind: true }) };
            },
            leave: () => entry.riders.delete(ended),
        };
    }
    /** The run has ended here. */
    forget(run) {
        this.#entries.delete(run);
    }
    #entry(run) {
        const known = this.#entries.get(run);
        const entry = known ?? {
            newest: undefined,
            writing: false,
            last: Number.NEGATIVE_INFINITY,
            behindSince: undefined,
            found: undefined,
            riders: new Set(),
        };
        this.#entries.delete(run);
        this.#entries.set(run, entry);
        for (const [oldest, { writing }] of this.#entries) {
            if (this.#entries.size <= REMEMBERED || writing)
                break;
            this.#entries.delete(oldest);
        }
        return entry;
    }
    async #work(entry) {
        entry.writing = true;
        try {
            while (entry.newest) {
                await pause(Math.max(AFTERWARDS_MS, entry.last + this.gapMs - performance.now()));
                if (!(await this.#turns.take(() => this.#writeNewest(entry)))) {
                    // Nobody is left to tell, and the next activity brings a newer state.
                    if (entry.riders.size === 0)
                        return;
                    await pause(RETRY_MS);
                }
            }
        }
        finally {
            entry.writing = false;
        }
    }
    async #writeNewest(entry) {
        const state = entry.newest;
        entry.newest = undefined;
        try {
            const found = state && (await this.write(await state()));
            entry.behindSince = undefined;
            if (found)
                entry.found = found;
            if (found?.kind === 'ended')
                for (const rider of entry.riders)
                    rider.abort();
            return true;
        }
        catch {
            entry.behindSince ??= Date.now();
            entry.newest ??= state;
            return false;
        }
        finally {
            entry.last = performance.now();
        }
    }
}
//# sourceMappingURL=fresh.js.map