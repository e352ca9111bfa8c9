export function literalOf(word) {
    const parts = word.parts ?? [];
    if (word.parts === undefined ? !isPlain(word.text) : !parts.every(isLiteral))
        return undefined;
    const live = parts.some(({ type }) => type === 'Glob') || TILDE.test(bare(word)) || hasBareGlob(word);
    return { value: word.value, live };
}
/** Nothing that a terminal, an editor or another shell reads otherwise than it is shown. */
export function oddCharacter(text) {
    const odd = ODD.exec(text)?.[0];
    return odd === undefined ? undefined : `U+${(odd.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}
// ---
const ODD = /(?![\n\t ])[\p{C}\p{Z}]/u;
/** Shells differ on where a tilde counts: at the start, after a colon, after an equals sign. */
const TILDE = /(^|[=:])~/;
function isLiteral(part) {
    switch (part.type) {
        case 'SingleQuoted':
            return true;
        case 'Literal':
            return isPlain(part.text);
        case 'DoubleQuoted':
            return isPlain(part.text) && part.parts.every((child) => child.type === 'Literal');
        case 'Glob':
            return part.kind !== 'bracket' || part.parts.every((inner) => inner.type === 'Literal' && isPlain(inner.text));
        default:
            return false;
    }
}
/** Expansions and backticks, which a parser may leave in the text. A dollar at the end of a pattern is one. */
function isPlain(text) {
    return !/`|\$[\w@*#?!$({[-]/.test(text.replace(/\\[\s\S]/g, ''));
}
/** What stands outside of quotes. */
function bare(word) {
    if (word.parts === undefined)
        return word.text;
    return word.parts.map((part) => (part.type === 'Literal' || part.type === 'Glob' ? part.text : '"')).join('');
}
/** An own look for globs: a word counts as live rather once too often. */
function hasBareGlob(word) {
    return /[*?]|\[./s.test(bare(word).replace(/\\[\s\S]/g, ''));
}
//# sourceMappingURL=words.js.map