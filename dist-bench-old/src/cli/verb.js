/** The shape of a verb: its words and all its options in, an exit code out. */
import { RookeryError } from '../domain/errors.js';
/** For a verb that has actions of its own, and got words that name none of them. */
export function noSuchAction(verb, words, hint) {
    const said = words.join(' ').trim().slice(0, 60);
    return new RookeryError('usage', `There is no '${verb} ${said}'`, { hint });
}
//# sourceMappingURL=verb.js.map