export class Owed {
    run;
    onFound;
    #owed = false;
    /** Milliseconds since 1970; null: the files have the newest state, or are being given it. */
    behindSince = null;
    constructor(run, 
    /** Another program wrote into the task's file. */
    onFound) {
        this.run = run;
        this.onFound = onFound;
    }
    get any() {
        return this.#owed;
    }
    /** The record has changed. */
    poke() {
        this.#owed = true;
    }
    /** What the files are to show, now on its way; undefined: nothing is owed. */
    take() {
        if (!this.#owed)
            return undefined;
        this.#owed = false;
        const { input, record } = this.run;
        const { usage: _, created_at, provider, model, ...shown } = record;
        return {
            ...shown,
            ...(input.created_at === undefined ? { created_at } : {}),
            ...(provider === input.provider ? {} : { provider }),
            ...(model === input.model ? {} : { model }),
        };
    }
    /** It did not arrive: it goes with the next activity. */
    missed(taken) {
        if (taken)
            this.#owed = true;
    }
    /** It arrived. */
    landed({ found, behind }) {
        if (behind)
            this.#owed = true;
        this.behindSince = behind ? (this.behindSince ?? Date.now()) : null;
        if (found)
            this.onFound(found);
    }
}
//# sourceMappingURL=owed.js.map