/**
 * The head of a log: how many entries it has, in a file of its own, so that a cut tail shows. Sealed with the key under
 * another label than the entries. Written after the entries: it may be behind them, after a crash, but not ahead.
 */
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { canonical } from '../domain/canonical.js';
import { codeOf } from '../durable/failure.js';
import { ownIdentity } from '../durable/process.js';
export const BEGINNING = { count: 0, bytes: 0, hmac: '' };
export function currentBoot() {
    return ownIdentity().started.split('/', 1)[0] ?? '';
}
/** What must be there: after a power cut what was not yet on disk may be gone. */
export function lasting({ last, synced, boot }) {
    return boot === currentBoot() ? last : synced;
}
export function readHead(path, key) {
    let text;
    try {
        text = readFileSync(path, 'utf8');
    }
    catch (error) {
        if (codeOf(error) === 'ENOENT')
            return 'absent';
        throw error;
    }
    try {
        const { mac: _, ...head } = JSON.parse(text);
        return textOf(head, key) === text ? head : 'forged';
    }
    catch {
        return 'forged';
    }
}
export function readHeads({ headFile, anchorFile }, key) {
    const own = readHead(headFile, key);
    const anchor = anchorFile === undefined ? 'absent' : readAnchor(anchorFile, key);
    const heads = [own, anchor].filter((read) => typeof read !== 'string');
    return {
        head: heads.sort((a, b) => b.last.count - a.last.count)[0],
        problems: [
            ...(own === 'absent' ? [`the head ${headFile} is missing`] : []),
            ...(own === 'forged' ? [`the head ${headFile} is forged`] : []),
            ...(anchor === 'forged' ? [`the head ${anchorFile} is forged, or of a log that was here before`] : []),
        ],
        absent: own === 'absent' && anchor === 'absent',
    };
}
export function textOf(head, key) {
    const mac = createHmac('sha256', key)
        .update(`rookery audit head\n${canonical(head)}`)
        .digest('hex');
    return `${canonical({ ...head, mac })}\n`;
}
// ---
/** One that cannot be read must not keep entries from being written; that it cannot be written is announced. */
function readAnchor(path, key) {
    try {
        return readHead(path, key);
    }
    catch {
        return 'absent';
    }
}
//# sourceMappingURL=head.js.map