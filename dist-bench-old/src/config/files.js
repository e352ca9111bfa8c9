/**
 * The two TOML files: the project's `rookery.toml` and the user's `config.toml`. A project's file cannot set endpoint,
 * policy, tools or MCP until the user has trusted exactly these bytes once: it comes with the code of strangers.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { RookeryError, sentenceOf } from '../domain/errors.js';
import { codeOf } from '../durable/failure.js';
import { makeDirectory, writeDurably } from '../durable/write.js';
/** What needs trust in a project's file. */
export const TRUSTED_ONLY = [
    'endpoint',
    'allow',
    'tools',
    'mcp',
    'policy',
    'security',
    'workdir',
    'fallback',
    'provider',
    'web_search',
];
export async function readUserFile(configDirectory) {
    const path = join(configDirectory, 'config.toml');
    const text = readIfThere(path);
    return text === undefined ? undefined : { path, settings: await settingsIn(path, text), untrusted: [] };
}
export async function readProjectFile(directory, configDirectory) {
    const path = resolve(directory, 'rookery.toml');
    const text = readIfThere(path);
    if (text === undefined)
        return undefined;
    const settings = await settingsIn(path, text);
    const named = TRUSTED_ONLY.filter((name) => settings[name] !== undefined);
    if (named.length === 0 || trusted(configDirectory).includes(fingerprint(path, text)))
        return { path, settings, untrusted: [] };
    const rest = Object.fromEntries(Object.entries(settings).filter(([name]) => !named.includes(name)));
    return { path, settings: rest, untrusted: named };
}
/** Remembers the project's file as it is now. Any later change asks again. */
export async function trustProjectFile(directory, configDirectory) {
    const path = resolve(directory, 'rookery.toml');
    const text = readIfThere(path);
    if (text === undefined)
        throw new RookeryError('not_found', `There is no ${path} to trust`);
    await settingsIn(path, text);
    await makeDirectory(configDirectory);
    const known = [...new Set([...trusted(configDirectory), fingerprint(path, text)])];
    await writeDurably(join(configDirectory, 'trusted.json'), JSON.stringify(known, null, 2));
    return path;
}
// ---
function readIfThere(path) {
    try {
        return readFileSync(path, 'utf8');
    }
    catch (error) {
        // A directory of that name is the stand-in of a sandbox: while a command runs, nobody may make such a file.
        if (['ENOENT', 'ENOTDIR', 'EISDIR'].includes(codeOf(error) ?? ''))
            return undefined;
        throw new RookeryError('usage', `The config file ${path} cannot be read: ${sentenceOf(error)}`, { cause: error });
    }
}
async function settingsIn(path, text) {
    const { parseFile } = await import('./file-settings.js');
    return parseFile(path, text);
}
function fingerprint(path, text) {
    return createHash('sha256').update(`${path}\0${text}`).digest('hex');
}
function trusted(configDirectory) {
    const text = readIfThere(join(configDirectory, 'trusted.json'));
    const known = text === undefined ? [] : safeJson(text);
    return Array.isArray(known) && known.every((one) => typeof one === 'string') ? known : [];
}
function safeJson(text) {
    try {
        return JSON.parse(text);
    }
    catch {
        return [];
    }
}
//# sourceMappingURL=files.js.map