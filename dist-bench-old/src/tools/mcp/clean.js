/** Text of a server without what a reader cannot see: control, direction and zero-width characters, tags, half pairs. Pure. */
export function clean(text) {
    return text.replace(UNSEEN, '');
}
/** The same, on one line. */
export function cleanLine(text, max) {
    return clean(text.slice(0, 4 * max).replace(/\s+/g, ' '))
        .trim()
        .slice(0, max);
}
// ---
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e0fff}]|\p{Surrogate}/gu;
//# sourceMappingURL=clean.js.map