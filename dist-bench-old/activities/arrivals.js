/** Waits, for a bounded time, until a name has been announced. Knows nothing of what it names. */
export class Arrivals {
    #waiters = new Map();
    announce(name) {
        for (const wake of this.#waiters.get(name) ?? [])
            wake();
        this.#waiters.delete(name);
    }
    async wait(name, timeoutMs) {
        const waiters = this.#waiters.get(name) ?? new Set();
        this.#waiters.set(name, waiters);
        await new Promise((resolve) => {
            const timer = setTimeout(resolve, timeoutMs);
            waiters.add(() => {
                clearTimeout(timer);
                resolve();
            });
        });
    }
}
//# sourceMappingURL=arrivals.js.map