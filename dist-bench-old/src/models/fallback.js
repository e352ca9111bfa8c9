/**
 * A chain of models: the next one is asked when one cannot answer now. What every model would refuse (`bad_request`,
 * `context_overflow`), and an abort, is thrown at once; a model that is not found counts as a refused request.
 */
import { RookeryError } from '../domain/errors.js';
export function fallback(models) {
    const [only] = models;
    return models.length === 1 && only ? only : { ask: (question) => askInTurn(models, question) };
}
/** The error to report when all have failed: one that passes by waiting, so that the task tries again; else the first. */
export function mostUseful(errors) {
    return errors.find(({ code }) => PASSING.includes(code)) ?? errors[0];
}
// --- internal ---
const PASSING = ['rate_limit', 'unavailable', 'bad_reply'];
const NEXT = [...PASSING, 'auth', 'billing', 'missing_key'];
async function askInTurn(models, question) {
    const errors = [];
    for (const model of models) {
        try {
            return await model.ask(question);
        }
        catch (error) {
            if (!(error instanceof RookeryError) || !NEXT.includes(error.code))
                throw error;
            errors.push(error);
        }
    }
    throw mostUseful(errors) ?? new RookeryError('usage', 'no model is named');
}
//# sourceMappingURL=fallback.js.map