import { isHarmlessGit } from './harmless-git.js';
import { HARMLESS } from './harmless-table.js';
import { innerOf } from './inner.js';
import { argumentsOf } from './options.js';
import { placeOf } from './places.js';
import { awkScriptAt, isHarmlessAwk, sedFiles } from './scripts.js';
/** Undefined: all of it is harmless. Otherwise a few words why not. */
export function whyNotHarmless(line, workspace) {
    if (line.kind === 'opaque')
        return `the line cannot be read for sure (${line.why})`;
    if (line.commands.length === 0)
        return 'it holds no command';
    const here = { workspace, directories: [workspace] };
    for (const command of line.commands) {
        const why = whyNot(command, here);
        if (why !== undefined)
            return why;
    }
    return undefined;
}
const MAX_DIRECTORIES = 16;
/** They only run another command, under a clock or with less priority. */
const TRANSPARENT = new Set(['time', 'timeout', 'nice', 'command']);
function whyNot({ words, live, redirections }, here) {
    for (const { target, writes, live: changes } of redirections) {
        if (target === '/dev/null')
            continue;
        if (writes)
            return `it writes to ${target}`;
        if (changes || !isReadable(target, here))
            return `it reads ${target}`;
    }
    const [name, ...args] = words;
    if (name === undefined)
        return undefined;
    const inner = innerOf(words);
    if (TRANSPARENT.has(name) && inner.kind === 'words' && !inner.open) {
        const shifted = live.filter((n) => n >= inner.at).map((n) => n - inner.at);
        return whyNot({ words: words.slice(inner.at), live: shifted, redirections: [] }, here);
    }
    const globs = new Set(live.map((n) => n - 1));
    return isHarmless(name, { args, globs }, here)
        ? undefined
        : `'${shown(words)}' is not in the list of harmless commands`;
}
function isHarmless(name, given, here) {
    const { args, globs } = given;
    const readable = (text) => isReadable(text, here);
    // A tilde leads home, and a glob tells which files there are.
    for (const at of globs)
        if (/(^|[=:])~/.test(args[at] ?? '') || !readable(args[at] ?? ''))
            return false;
    if (name === 'cd')
        return enters(args, here);
    if (name === 'git') {
        const atHome = here.directories.every((directory) => placeOf(here.workspace, directory).inside === '.');
        return atHome && noLooseGlob(given) && isHarmlessGit(args, readable);
    }
    if (name === 'sed')
        return noLooseGlob(given) && sedFiles(args)?.every(readable) === true;
    if (name === 'awk') {
        return noLooseGlob(given) && isHarmlessAwk(args) && args.slice(awkScriptAt(args) + 1).every(readable);
    }
    if (args.length === 1 && args[0] === '--version')
        return ASKED_FOR_VERSION.has(name);
    const entry = Object.hasOwn(HARMLESS, name) ? HARMLESS[name] : undefined;
    return entry !== undefined && fits(entry, given, readable);
}
function fits(entry, given, readable) {
    if (entry.check)
        return (noLooseGlob(given) || entry.anyGlob === true) && entry.check(given.args, readable);
    const read = argumentsOf(given.args, entry);
    if (!read || (entry.anyGlob !== true && !noLooseGlob(given)))
        return false;
    const { options, operands } = read;
    if (operands.length > (entry.max ?? Number.POSITIVE_INFINITY))
        return false;
    if (entry.operands === 'text')
        return true;
    const pattern = entry.operands === 'pattern' && !options.some((name) => entry.patternBy?.includes(name)) ? 1 : 0;
    return operands.every(({ text, at }, n) => (n < pattern ? !given.globs.has(at) : readable(text)));
}
/** A glob at the start of a word may become any name, `--output=x` as well. */
function noLooseGlob({ args, globs }) {
    return [...globs].every((at) => !/^[*?[-]/.test(args[at] ?? ''));
}
function enters(args, here) {
    const [directory] = args;
    if (args.length !== 1 || directory === undefined || directory.startsWith('-') || /[*?[]/.test(directory))
        return false;
    if (!isReadable(directory, here))
        return false;
    const reached = here.directories.map((from) => placeOf(from, directory).absolute);
    for (const one of reached)
        if (!here.directories.includes(one))
            here.directories.push(one);
    return here.directories.length <= MAX_DIRECTORIES;
}
/** Beneath the workspace from wherever the command may be, and no file that is likely to hold secrets. */
function isReadable(text, { workspace, directories }) {
    if (text === '-' || text === '' || text === '/dev/null')
        return true;
    if (text.startsWith('~') || holdsSecrets(text))
        return false;
    return directories.every((directory) => placeOf(workspace, placeOf(directory, text).absolute).inside !== undefined);
}
/** Hidden files are read unasked only where it is known what they are. */
function holdsSecrets(path) {
    return path.split('/').some((name) => (/^\.[^./]/.test(name) && !KNOWN_HIDDEN.test(name)) || SECRET_NAME.test(name));
}
const KNOWN_HIDDEN = /^\.(bin|github|gitignore|gitattributes|gitlab-ci\.yml|editorconfig|eslintrc(\.\w+)?|eslintignore|prettierrc(\.\w+)?|prettierignore|dockerignore|nvmrc|node-version|python-version|ruby-version|tool-versions|babelrc|swcrc|mocharc(\.\w+)?|pre-commit-config\.yaml|circleci|travis\.yml|changeset|storybook|stylelintrc(\.\w+)?|markdownlint(\.\w+)?|clang-format|clang-tidy|flake8|pylintrc|rubocop\.yml|golangci\.yml|golangci\.yaml|rustfmt\.toml|env\.(example|sample|template))$/;
const SECRET_NAME = /\.(pem|key|p12|pfx|jks|keystore|ppk|kdbx|tfstate)$|^id_(rsa|dsa|ecdsa|ed25519)|^_netrc$|^\.?(credentials|secrets?)(\.(json|ya?ml|toml|env|txt|ini))?$|^service[-_]account.*\.json$|^(shadow|htpasswd)$/i;
const ASKED_FOR_VERSION = new Set('bash cmake curl docker g++ gcc clang git grep java jq make node npm perl php pip pip3 python python3 rg ruby sed tar'.split(' '));
function shown(words) {
    const text = words.join(' ');
    return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
//# sourceMappingURL=harmless.js.map