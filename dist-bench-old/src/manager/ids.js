/** Finds the task that a shortened id means. */
import { existsSync } from 'node:fs';
import { RookeryError } from '../domain/errors.js';
import { isSafeId } from '../domain/id.js';
import { idsWith } from '../mirror/reader.js';
import { describe } from '../reconcile.js';
import { notFound } from './context.js';
/** Characters of an id that must be given at least. */
export const SHORTEST_ID = 4;
/** The whole id. Throws `usage` for a prefix that is too short, `ambiguous` for one that fits several tasks. */
export async function resolveId(context, given) {
    if (!isSafeId(given))
        throw notFound(given);
    const fits = await idsWith(context.paths, given);
    if (fits.includes(given))
        return given;
    if (given.length < SHORTEST_ID) {
        throw new RookeryError('usage', `The id '${given}' is too short`, {
            hint: `Give at least ${SHORTEST_ID} characters`,
        });
    }
    if (fits.length > 1)
        throw ambiguous(given, fits);
    if (fits[0] !== undefined)
        return fits[0];
    // A submit that died half-way has left only this.
    if (existsSync(context.paths.input(given)))
        return given;
    // Its file may be gone while Temporal still has the task.
    if (context.client && (await describe(context.client, given)))
        return given;
    throw notFound(given);
}
export function ambiguous(given, fits) {
    return new RookeryError('ambiguous', `The id '${given}' fits ${fits.length} tasks`, {
        hint: `Give more of it: ${fits.slice(0, 5).join(', ')}`,
    });
}
//# sourceMappingURL=ids.js.map