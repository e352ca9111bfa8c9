/** Awaits a condition, instead of sleeping and hoping. */
import { setTimeout as pause } from 'node:timers/promises';
/** Looks again until the condition gives something truthy, and returns that. */
export async function until(condition, { timeoutMs = 10_000, what }) {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
        const found = await condition();
        if (found)
            return found;
        if (Date.now() > deadline)
            throw new Error(`waited ${timeoutMs} ms in vain: ${what}`);
        await pause(20);
    }
}
//# sourceMappingURL=until.js.map