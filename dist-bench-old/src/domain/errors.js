/**
 * The one error class, and its closed set of codes.
 * Thrown only for what a person must fix; what the model can act on is a value (an observation).
 * Foreign errors become one of these once, at the wall where they come in.
 */
/** An error whose message is one sentence for a person: what, what was given. `hint` says what to do. */
export class RookeryError extends Error {
    code;
    hint;
    retryAfterMs;
    constructor(code, message, detail = {}) {
        super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
        this.name = 'RookeryError';
        this.code = code;
        this.hint = detail.hint;
        this.retryAfterMs = detail.retryAfterMs;
    }
}
/** The first line of anything that was thrown, for use inside a sentence. */
export function sentenceOf(error) {
    const text = error instanceof Error ? error.message : String(error);
    return text.split('\n', 1)[0]?.trim() || 'unknown error';
}
//# sourceMappingURL=errors.js.map