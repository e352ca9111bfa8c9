/** What a verb came to for one of its ids. */
import { RookeryError, sentenceOf } from '../domain/errors.js';
import { inPlainWords } from '../temporal.js';
/** One id's error is its own outcome: the other ids go on. */
export async function outcomeOf(id, work) {
    try {
        return await work();
    }
    catch (thrown) {
        const error = inPlainWords(thrown);
        const code = error instanceof RookeryError ? error.code : 'environment';
        return { id, ok: false, status: null, code, message: sentenceOf(error) };
    }
}
//# sourceMappingURL=outcome.js.map