/**
 * The rules that a person's "always" left behind: `<workdir>/policy.json`, 0600. At the door a broken file is an error; while
 * tasks run it means no remembered rules, so that more is asked, never less.
 */
import { readFileSync } from 'node:fs';
import { RookeryError, sentenceOf } from '../domain/errors.js';
import { codeOf } from '../durable/failure.js';
import { withLock } from '../durable/lock.js';
import { versionOf } from '../durable/version.js';
import { writeDurably } from '../durable/write.js';
import { originate } from './rule.js';
import { problemOfRules, rulesSchema } from './rule-schema.js';
/** Adds the rule at the end, once. Its directory must exist. */
export async function rememberRule(file, rule) {
    await change(file, (rules) => {
        const known = rules.some((one) => JSON.stringify(one) === JSON.stringify(rule));
        return known ? [...rules] : [...rules, rule];
    });
}
/** Removes the rule with this number, counted from 1, and returns it. */
export async function forgetRule(file, number) {
    let gone;
    await change(file, (rules) => {
        gone = rules[number - 1];
        return rules.filter((_, n) => n !== number - 1);
    });
    if (gone)
        return gone;
    throw new RookeryError('not_found', `There is no remembered rule ${number}`, { hint: 'See `rookery policy list`' });
}
/** At the door. Throws RookeryError 'usage' for a file that is not what it should be. */
export function readRemembered(file) {
    const text = textOf(file);
    return text === undefined ? [] : originate(parseRemembered(file, text), 'remembered');
}
/** While tasks run: looks at the file again only when it has changed. `announce` hears once of each broken version. */
export function rememberedRules(file, announce) {
    const version = versionOf(file);
    const known = read.get(file);
    if (known?.version === version)
        return known.rules;
    let rules = [];
    try {
        rules = readRemembered(file);
    }
    catch (error) {
        announce(`${sentenceOf(error)}; no remembered rule counts until it is mended`);
    }
    read.set(file, { version, rules });
    return rules;
}
const read = new Map();
async function change(file, work) {
    await withLock(`${file}.lock`, async () => {
        const text = textOf(file);
        const rules = parsed(work(text === undefined ? [] : parseRemembered(file, text)), file);
        await writeDurably(file, `${JSON.stringify({ rules }, null, 2)}\n`);
    });
}
function textOf(file) {
    try {
        return readFileSync(file, 'utf8');
    }
    catch (error) {
        if (codeOf(error) === 'ENOENT')
            return undefined;
        throw broken(file, sentenceOf(error));
    }
}
function parseRemembered(file, text) {
    let value;
    try {
        value = JSON.parse(text);
    }
    catch (error) {
        throw broken(file, sentenceOf(error));
    }
    const isHolder = typeof value === 'object' && value !== null && Object.keys(value).join() === 'rules';
    if (!isHolder)
        throw broken(file, 'it holds no "rules"');
    return parsed(value.rules, file);
}
function parsed(rules, file) {
    const result = rulesSchema.safeParse(rules);
    if (result.success)
        return result.data;
    throw broken(file, problemOfRules(result.error));
}
function broken(file, why) {
    return new RookeryError('usage', `The remembered rules in ${file} are wrong: ${why}`, {
        hint: 'Mend or remove the file',
    });
}
//# sourceMappingURL=remembered.js.map