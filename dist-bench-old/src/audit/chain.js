/**
 * Follows the chain of entries, line by line, and says what is wrong with a line. Goes on behind a wrong one, so that each
 * wrong place is named and not all that comes after it.
 */
import { hmacOf, readEntry } from './entry.js';
export const START = { index: 0, previous: '' };
export class Chain {
    key;
    /** Usually one. Behind a wrong line: where it may go on, as nobody knows what the wrong line was. */
    #links;
    constructor(key, from) {
        this.key = key;
        this.#links = [from];
    }
    /** Where the next entry goes. Behind wrong lines: behind the last right one. */
    get link() {
        return this.#links[0] ?? START;
    }
    check(line) {
        const entry = readEntry(line);
        const index = this.#expected;
        if (typeof entry === 'string') {
            this.#doubt({ index: index + 1, previous: HMAC_AT_END.exec(line.toString('latin1'))?.[1] });
            return { index, problem: entry };
        }
        const fits = this.#links.find((link) => link.index === entry.index && this.#seal(link, entry) === entry.hmac);
        if (fits) {
            this.#links = [{ index: entry.index + 1, previous: entry.hmac }];
            return { index: entry.index, entry };
        }
        const seals = this.#links.map((link) => this.#seal(link, entry));
        for (const previous of [...seals, entry.hmac])
            this.#doubt({ index: entry.index + 1, previous });
        return { index, problem: wrong(entry.index, index) };
    }
    get #expected() {
        return this.#links.at(-1)?.index ?? 0;
    }
    #seal(link, entry) {
        return hmacOf(this.key, link.previous, entry);
    }
    #doubt({ index, previous = '' }) {
        this.#links = [this.link, ...this.#links.slice(1).slice(-MAX_DOUBTS), { index, previous }];
    }
}
// ---
const MAX_DOUBTS = 4;
const HMAC_AT_END = /"hmac":"([0-9a-f]{64})"\}$/;
function wrong(index, expected) {
    const failed = `HMAC verification failed at entry ${index}`;
    return index === expected ? failed : `${failed}: entry ${expected} was expected here`;
}
//# sourceMappingURL=chain.js.map