/** Gives each rule its name: `from` and its place, counted from 1. */
export function originate(rules, from) {
    return rules.map((rule, n) => ({ ...rule, origin: `${from} rule ${n + 1}` }));
}
export function listOf(value) {
    if (value === undefined)
        return [];
    return typeof value === 'string' ? [value] : value;
}
//# sourceMappingURL=rule.js.map