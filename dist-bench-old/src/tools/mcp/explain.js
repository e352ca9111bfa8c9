/** What went wrong with a server, in words that go on after "it". Nothing of what a server says about itself but a line. */
import { RookeryError, sentenceOf } from '../../domain/errors.js';
import { cleanLine } from './clean.js';
export function explain(error, wire) {
    const why = wire?.why();
    if (why !== undefined)
        return why;
    if (error instanceof RookeryError)
        return `cannot be started: ${error.message}`;
    const { code, status, cause } = Object(error);
    if (code === 'REQUEST_TIMEOUT')
        return 'did not answer in time';
    if (code === 'CONNECTION_CLOSED' || code === 'NOT_CONNECTED')
        return 'has closed the connection';
    if (typeof status === 'number' && status >= 300 && status < 400)
        return `answered with status ${status}, a redirect to elsewhere, which is not followed`;
    if (typeof status === 'number')
        return `answered with status ${status}`;
    const root = cause instanceof Error ? cause : error;
    return `failed: ${cleanLine(sentenceOf(root), 300)}`;
}
/** It answered, and its answer is an error: the connection is sound. */
export function isAnswer(error) {
    const { code, status } = Object(error);
    return typeof code === 'number' && status === undefined;
}
//# sourceMappingURL=explain.js.map