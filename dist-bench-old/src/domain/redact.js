/**
 * Takes known secrets out of texts: as they are, in base64 at each of the three alignments, in hex, percent-encoded and as
 * JSON escapes them. Knows nothing of texts that only look like secrets. Pure.
 */
const SHORTEST = 8;
/** Shorter secrets are left alone: they stand in innocent texts too. */
export function createRedactor(secrets) {
    const kept = [...new Set(secrets)].filter(({ length }) => length >= SHORTEST);
    if (kept.length === 0)
        return (text) => text;
    // Of two secrets that begin alike the longer one must have its turn first, or its end would stay.
    kept.sort((a, b) => b.length - a.length);
    const pattern = new RegExp(kept.flatMap(formsOf).join('|'), 'g');
    return (text) => text.replace(pattern, '[key]');
}
// ---
/** Patterns of one secret. */
function formsOf(secret) {
    const bytes = new TextEncoder().encode(secret);
    const escaped = JSON.stringify(secret).slice(1, -1);
    return [
        [...secret].map(asInAddress).join(''),
        ...(escaped === secret ? [] : [literal(escaped)]),
        [...bytes].map(asHex).join(''),
        ...[0, 1, 2].map((before) => base64(bytes, before)),
    ];
}
/** One character, raw or percent-encoded: encoders differ in what they leave as it is. */
function asInAddress(char) {
    const bytes = [...new TextEncoder().encode(char)];
    const ways = [bytes.map((byte) => `%${asHex(byte)}`).join(''), literal(char), ...(char === ' ' ? ['\\+'] : [])];
    return `(?:${ways.join('|')})`;
}
function asHex(byte) {
    return byte.toString(16).padStart(2, '0').replace(/[a-f]/g, eitherCase);
}
function eitherCase(letter) {
    return `[${letter}${letter.toUpperCase()}]`;
}
function literal(text) {
    return [...Array(text.length).keys()].map((at) => unit(text.charCodeAt(at))).join('');
}
/** Letters and digits as they are: of a pattern that is long the engine makes no machine code. */
function unit(code) {
    const char = String.fromCharCode(code);
    return /[A-Za-z0-9]/.test(char) ? char : `\\u${code.toString(16).padStart(4, '0')}`;
}
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
/**
 * The characters that the secret alone decides when so many bytes stand before it. Behind them, where it is there, goes
 * the one that it decides in part, with the padding.
 */
function base64(bytes, before) {
    const bits = [...new Uint8Array(before), ...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
    const first = Math.ceil((before * 8) / 6);
    const whole = Math.floor(bits.length / 6);
    const core = [...Array(whole).keys()].slice(first).map((at) => sextet(bits.slice(at * 6, at * 6 + 6)));
    const rest = bits.slice(whole * 6);
    if (rest === '')
        return core.join('');
    const last = [...Array(ALPHABET.length).keys()].filter((at) => at.toString(2).padStart(6, '0').startsWith(rest));
    return `${core.join('')}(?:[${last.map(signs).join('')}]={0,2})?`;
}
function sextet(bits) {
    const chars = signs(Number.parseInt(bits, 2));
    return chars.length === 1 ? chars : `[${chars}]`;
}
/** Of both alphabets, standard and url-safe, as they stand in a class. */
function signs(at) {
    const char = ALPHABET.charAt(at);
    if (char === '+')
        return '+\\-';
    return char === '/' ? '/_' : char;
}
//# sourceMappingURL=redact.js.map