/**
 * Exact replacement within a text, where the end of a line counts as the same however it is written. What is put in
 * takes the line ends of its place; every other byte stays. Pure.
 */
import { utf8Length } from '../domain/conversation.js';
export function replaceText(text, edit) {
    const plain = unified(text);
    const old = unified(edit.old);
    const hits = find(plain, old);
    const first = hits[0];
    if (first === undefined)
        return { kind: 'none', near: nearest(plain, old) };
    // One that overlaps the first leaves open which was meant, too.
    const second = hits[1] ?? plain.indexOf(old, first + 1);
    if (!edit.all && second !== -1)
        return { kind: 'ambiguous', lines: linesAt(plain, hits[1] ? hits : [first, second]) };
    const growth = utf8Length(edit.new) - utf8Length(old);
    if (utf8Length(text) + hits.length * growth > edit.maxBytes)
        return { kind: 'too_big' };
    return {
        kind: 'replaced',
        text: put(text, { hits, length: old.length, fresh: unified(edit.new) }),
        lines: linesAt(plain, hits),
    };
}
/** Line ends written in one way. */
export function unified(text) {
    return text.replaceAll('\r\n', '\n');
}
// ---
function find(text, wanted) {
    const hits = [];
    for (let at = text.indexOf(wanted); at !== -1; at = text.indexOf(wanted, at + wanted.length))
        hits.push(at);
    return hits;
}
/** `hits` ascend. Counted from 1. */
function linesAt(text, hits) {
    let line = 1;
    let next = text.indexOf('\n');
    return hits.map((hit) => {
        for (; next !== -1 && next < hit; next = text.indexOf('\n', next + 1))
            line++;
        return line;
    });
}
function put(text, { hits, length, fresh }) {
    const toOriginal = translator(text);
    const pieces = [];
    let kept = 0;
    for (const hit of hits) {
        const start = toOriginal(hit);
        pieces.push(text.slice(kept, start), fresh.replaceAll('\n', endingAt(text, start)));
        kept = toOriginal(hit + length);
    }
    return pieces.join('') + text.slice(kept);
}
/** From places in the unified text to those in the text itself; asked in ascending order. */
function translator(text) {
    let dropped = 0;
    let next = text.indexOf('\r\n');
    return (place) => {
        for (; next !== -1 && next - dropped < place; next = text.indexOf('\r\n', next + 2))
            dropped++;
        return place + dropped;
    };
}
/** How the line ends there, or the one before the end of the text. */
function endingAt(text, place) {
    const after = text.indexOf('\n', place);
    const end = after === -1 ? text.lastIndexOf('\n', place) : after;
    return end > 0 && text[end - 1] === '\r' ? '\r\n' : '\n';
}
/** More lines than these tell no more, and a text of equal lines would take for ever. */
const COMPARED_LINES = 50;
/** Where most lines, one after another, are the same but for white space. */
function nearest(text, old) {
    const wanted = old.split('\n').map(squeezed);
    while (wanted[0] === '')
        wanted.shift();
    const [begin] = wanted;
    if (begin === undefined)
        return undefined;
    const lines = text.split('\n');
    const bare = lines.map(squeezed);
    let best = { line: 0, run: 0 };
    for (let at = 0; at < bare.length; at++) {
        if (!bare[at]?.includes(begin))
            continue;
        let run = 1;
        while (run < Math.min(wanted.length, COMPARED_LINES) && bare[at + run]?.includes(wanted[run] ?? ''))
            run++;
        if (run > best.run)
            best = { line: at + 1, run };
    }
    return best.run === 0 ? undefined : { line: best.line, text: lines[best.line - 1] ?? '' };
}
function squeezed(line) {
    return line.replace(/\s+/g, '');
}
//# sourceMappingURL=replace-text.js.map