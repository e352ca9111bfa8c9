import { CancellationScope, isCancellation } from '@temporalio/workflow';
import { mirror } from './activities.js';
import { failureType } from './failures.js';
export class Mirroring {
    owed;
    dispatch;
    /** Of the write that goes on beside the loop. */
    #scope;
    constructor(owed, dispatch) {
        this.owed = owed;
        this.dispatch = dispatch;
    }
    /** Writes what is owed beside the loop, however long it takes. */
    flush() {
        if (!this.owed.any || this.#scope)
            return;
        this.owed.behindSince ??= Date.now();
        // A cancel of the task must not stop the write that shows it.
        void CancellationScope.nonCancellable(() => {
            this.#scope = new CancellationScope();
            return this.#scope.run(() => this.#write());
        });
    }
    /** Writes what is owed and waits for it, but not for ever: `reconcile` mends what is left. */
    async settle(atMost) {
        if (this.#scope)
            this.owed.poke();
        this.#scope?.cancel();
        await CancellationScope.nonCancellable(() => this.#write(atMost));
    }
    async #write(atMost) {
        // The one place where a time limit may count hours without a worker: what it cuts off is mended.
        const limit = atMost === undefined ? {} : { scheduleToCloseTimeout: atMost };
        try {
            while (this.owed.any) {
                await this.dispatch.send(({ base, groups, queue }) => mirror.executeWithOptions({ taskQueue: queue, ...limit }, [base, ...groups]));
            }
        }
        catch (error) {
            // A refused start writes no file; a stopped write is left to who stopped it.
            if (!isCancellation(error) && failureType(error) === undefined)
                throw error;
        }
        finally {
            // At once, in the same step that found nothing owed: a change that comes later must find nobody at work.
            this.#scope = undefined;
        }
    }
}
//# sourceMappingURL=mirroring.js.map