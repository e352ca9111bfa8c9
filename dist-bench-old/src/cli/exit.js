/** Exit codes of the command, and what each error and each end of a task comes to. Pure. */
import { RookeryError } from '../domain/errors.js';
export const EXIT = {
    done: 0,
    failed: 1,
    usage: 2,
    cancelled: 3,
    person: 4,
    notFound: 5,
    environment: 6,
    timeout: 124,
    detached: 130,
};
const OF_ERROR = {
    usage: EXIT.usage,
    bad_input: EXIT.usage,
    ambiguous: EXIT.usage,
    wrong_status: EXIT.usage,
    missing_key: EXIT.usage,
    unsigned: EXIT.usage,
    not_found: EXIT.notFound,
    timeout: EXIT.timeout,
};
export function exitOfError(error) {
    return error instanceof RookeryError ? (OF_ERROR[error.code] ?? EXIT.environment) : EXIT.environment;
}
/** Of a task that has ended, or that waits for a person. */
export function exitOfStatus({ status, detail }) {
    if (status === 'Completed')
        return EXIT.done;
    if (status === 'Failed')
        return EXIT.failed;
    if (status === 'Cancelled')
        return EXIT.cancelled;
    return detail.phase.startsWith('waiting') ? EXIT.person : EXIT.done;
}
export function exitOfOutcome({ ok, status, code }) {
    if (ok)
        return EXIT.done;
    if (code?.startsWith('waiting'))
        return EXIT.person;
    if (status === 'Failed')
        return EXIT.failed;
    if (status === 'Cancelled')
        return EXIT.cancelled;
    return code === undefined ? EXIT.failed : (OF_ERROR[code] ?? EXIT.environment);
}
const WORST_FIRST = [
    EXIT.notFound,
    EXIT.environment,
    EXIT.usage,
    EXIT.person,
    EXIT.failed,
    EXIT.cancelled,
];
/** Several ids: the first that applies. */
export function worst(codes) {
    return WORST_FIRST.find((code) => codes.includes(code)) ?? EXIT.done;
}
//# sourceMappingURL=exit.js.map