/**
 * The two streams: results on stdout, talk on stderr. No control characters of others reach a terminal; none of ours where
 * there is none, or where NO_COLOR is set.
 */
import { environment } from '../config/environment.js';
import { RookeryError, sentenceOf } from '../domain/errors.js';
export class Output {
    options;
    constructor(options) {
        this.options = options;
    }
    /** Somebody watches stderr on a terminal that takes control characters. */
    get live() {
        return this.options.color && process.stderr.isTTY === true && !this.options.quiet;
    }
    get json() {
        return this.options.json;
    }
    /** A result line for people. */
    line(text) {
        process.stdout.write(`${printable(text)}\n`);
    }
    /** One JSON value on a line; what is escaped in it reads back the same. */
    value(value) {
        process.stdout.write(`${printable(JSON.stringify(value))}\n`);
    }
    /** As `value`, of an object with a long list as its first field: as one text, tens of megabytes take twice as long. */
    values(name, list, others) {
        const rest = JSON.stringify(others).slice(1);
        process.stdout.write(`{${JSON.stringify(name)}:[`);
        for (const [n, value] of list.entries())
            process.stdout.write(`${n === 0 ? '' : ','}${printable(JSON.stringify(value))}`);
        process.stdout.write(printable(`]${rest === '}' ? '' : ','}${rest}\n`));
    }
    /** Talk: what happens, for whoever watches. */
    tell(text) {
        if (!this.options.quiet)
            process.stderr.write(`${this.live ? '\r\u001b[2K' : ''}${printable(text)}\n`);
    }
    /** Replaces the last line of the terminal; nothing where there is none. */
    flash(text) {
        if (this.live)
            process.stderr.write(`\r\u001b[2K${printable(text).slice(0, (process.stderr.columns || 80) - 1)}`);
    }
    /** The terminal's bell, where there is one: somebody is waited for. */
    bell() {
        if (this.live)
            process.stderr.write('\u0007');
    }
    error(error) {
        const { message, hint, code } = partsOf(error);
        if (this.json)
            this.value({ error: { code, message, ...(hint === undefined ? {} : { hint }) } });
        const sentences = [message, hint].filter(Boolean).map((text) => `${text?.replace(/[.\s]+$/, '')}.`);
        process.stderr.write(`${printable(sentences.join(' '))}\n`);
        if (this.options.debug && error instanceof Error)
            process.stderr.write(printable(`${error.stack ?? ''}\n${causes(error)}`));
    }
}
/** As the flags and the environment ask for it. */
export function outputOf(flags) {
    const { json = false, quiet = false, debug = false } = flags;
    const color = flags.color !== false && !environment.NO_COLOR && environment.TERM !== 'dumb';
    return new Output({ json, quiet, debug, color });
}
/** Text of others may hold escape sequences: a terminal must not act on them. Line feeds and tabs stay. */
export function printable(text) {
    return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
function partsOf(error) {
    if (error instanceof RookeryError)
        return { code: error.code, message: error.message, hint: error.hint };
    return { code: 'environment', message: sentenceOf(error) };
}
function causes(error) {
    const { cause } = error;
    return cause instanceof Error ? `caused by ${cause.stack ?? cause.message}\n${causes(cause)}` : '';
}
//# sourceMappingURL=output.js.map