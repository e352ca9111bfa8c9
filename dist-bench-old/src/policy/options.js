/** Arguments of a command against the options that are known to be harmless: whatever is not named here is not. Pure. */
/** Undefined: something that is not allowed, or that cannot be told from it. */
export function argumentsOf(args, allowed) {
    const read = {
        options: [],
        values: [],
        operands: [],
    };
    for (let at = 0; at < args.length; at++) {
        const word = args[at] ?? '';
        if (word === '--') {
            for (at++; at < args.length; at++)
                read.operands.push({ text: args[at] ?? '', at });
        }
        else if (!word.startsWith('-') || word === '-') {
            read.operands.push({ text: word, at });
        }
        else {
            const option = optionOf(word, allowed);
            if (!option)
                return undefined;
            read.options.push(...option.names);
            const value = option.needsValue ? args[++at] : option.value;
            // A value that looks like an option may be one, to a program that counts otherwise.
            if (option.needsValue && (value === undefined || value.startsWith('-')))
                return undefined;
            if (value !== undefined)
                read.values.push(value);
        }
    }
    return read;
}
/** Names apart by blanks: long lists stay short. */
export function names(text) {
    return text.trim().split(/\s+/);
}
function optionOf(word, allowed) {
    if (word.startsWith('--'))
        return longOption(word.slice(2), allowed);
    if (allowed.digits && /^-\d+$/.test(word))
        return { names: ['digits'] };
    return cluster(word.slice(1), allowed);
}
function longOption(word, { long = [], longValue = [] }) {
    const equals = word.indexOf('=');
    const name = equals < 0 ? word : word.slice(0, equals);
    if (equals >= 0)
        return [...long, ...longValue].includes(name) ? { names: [name], value: word.slice(equals + 1) } : undefined;
    if (long.includes(name))
        return { names: [name] };
    return longValue.includes(name) ? { names: [name], needsValue: true } : undefined;
}
function cluster(letters, { short = '', shortValue = '' }) {
    for (const [n, letter] of [...letters].entries()) {
        if (shortValue.includes(letter)) {
            const names = [...letters.slice(0, n + 1)];
            const value = letters.slice(n + 1);
            return value === '' ? { names, needsValue: true } : { names, value };
        }
        if (!short.includes(letter))
            return undefined;
    }
    return { names: [...letters] };
}
//# sourceMappingURL=options.js.map