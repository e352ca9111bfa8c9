/**
 * Every setting, its value and where it came from: flag > environment > project's file > user's file > default.
 * Resolves once; what comes out is passed on, nobody looks again. Checks words, not the world: no file is made here.
 */
import { dirname, resolve } from 'node:path';
import envPaths from 'env-paths';
import { RookeryError } from '../domain/errors.js';
import { DEFAULT_LIMITS } from '../domain/limits.js';
import { PROVIDERS } from '../domain/provider.js';
import { DEFAULT_SYSTEM_PROMPT } from '../domain/system-prompt.js';
import { checkAllow } from '../policy/allow.js';
import { originate } from '../policy/rule.js';
import { parseCount, parseDuration } from './duration.js';
import { readProjectFile, readUserFile } from './files.js';
import { mcpSetting } from './mcp-settings.js';
const DEFAULT_SECURITY = { unsigned: 'refuse', trust_cluster: false, phrase_warning: false, sandbox: 'auto' };
export function places() {
    const { data, config, cache } = envPaths('rookery', { suffix: '' });
    return { data, config, cache };
}
export async function resolveSettings(flags, env, cwd) {
    const at = places();
    const project = await readProjectFile(cwd, at.config);
    const user = await readUserFile(at.config);
    const pick = picker(project, user);
    const provider = pick(flags.provider, env.ROOKERY_PROVIDER, 'provider');
    const tools = fromWhereNamed(pick(flags.tools, undefined, 'tools', []), { cwd, user });
    const settings = {
        workdir: map(pick(flags.workdir, env.ROOKERY_WORKDIR, 'workdir', at.data), (path) => resolve(cwd, path ?? at.data)),
        workspace: map(pick(flags.workspace, env.ROOKERY_WORKSPACE, 'workspace', cwd), (path) => resolve(cwd, path ?? cwd)),
        provider: map(provider, (name) => (name === undefined ? undefined : checkProvider(name))),
        model: pick(flags.model, env.ROOKERY_MODEL, 'model'),
        endpoint: map(pick(flags.endpoint, env.ROOKERY_ENDPOINT, 'endpoint'), checkEndpoint),
        fallback: map(pick(flags.fallback, list(env.ROOKERY_FALLBACK), 'fallback', []), (all) => (all ?? []).map(checkFallback)),
        allow: map(pick(flags.allow, undefined, 'allow', []), (names) => allowed(names ?? [], tools.value.length > 0)),
        tools,
        mcp: await mcpSetting(flags.mcp ?? [], { project, user, cwd }),
        policy: rulesOf(project, user),
        max_iterations: map(pick(flags.maxIterations, env.ROOKERY_MAX_ITERATIONS, 'max_iterations'), number('--max-iterations', DEFAULT_LIMITS.max_iterations)),
        max_total_tokens: map(pick(flags.maxTotalTokens, undefined, 'max_total_tokens'), number('--max-total-tokens', DEFAULT_LIMITS.max_total_tokens)),
        max_output_tokens: map(pick(flags.maxOutputTokens, undefined, 'max_output_tokens'), number('--max-output-tokens', DEFAULT_LIMITS.max_output_tokens)),
        max_time: map(pick(flags.maxTime, undefined, 'max_time'), (text) => text === undefined ? null : parseDuration(String(text), '--max-time')),
        system_prompt: map(pick(flags.systemPrompt, env.ROOKERY_SYSTEM_PROMPT, 'system_prompt', DEFAULT_SYSTEM_PROMPT), (text) => text ?? DEFAULT_SYSTEM_PROMPT),
        text_protocol: map(pick(undefined, list(env.ROOKERY_TEXT_PROTOCOL), 'text_protocol', []), (names) => names ?? []),
        searxng: map(pick(undefined, table('searxng', env.ROOKERY_SEARXNG_URL), 'web_search'), checkSearxng),
        security: map(pick(undefined, undefined, 'security', {}), (given) => ({ ...DEFAULT_SECURITY, ...given })),
    };
    return { settings, places: at, notes: notesOf(project) };
}
/** Empty text is not given: `ROOKERY_MODEL=` unsets nothing by accident. */
function given(value) {
    return value !== undefined && value !== '';
}
function picker(project, user) {
    return (flag, env, name, fallback) => {
        const tries = [
            ['flag', flag],
            ['environment', env],
            ['project file', project?.settings[name]],
            ['user file', user?.settings[name]],
        ];
        const [origin, value] = tries.find(([, candidate]) => given(candidate)) ?? ['default', fallback];
        return { value, origin };
    };
}
/** Not one instead of the other: a project adds to what the user has said, and comes after it. */
function rulesOf(project, user) {
    const own = originate(user?.settings.policy?.rules ?? [], 'user file');
    const theirs = originate(project?.settings.policy?.rules ?? [], 'project file');
    const origin = theirs.length > 0 ? 'project file' : own.length > 0 ? 'user file' : 'default';
    return { value: [...own, ...theirs], origin };
}
/** What the user's own tools are called only they know, and nobody runs their code to read a setting. */
function allowed(names, ownTools) {
    return checkAllow(names, ownTools ? names : []);
}
/** A path means what it means in the file that holds it; the project's file lies where the command runs. */
function fromWhereNamed({ value, origin }, { cwd, user }) {
    const base = origin === 'user file' && user ? dirname(user.path) : cwd;
    return { value: (value ?? []).map((path) => resolve(base, path)), origin };
}
function map({ value, origin }, change) {
    return { value: change(value), origin };
}
function number(name, fallback) {
    return (value) => value === undefined ? fallback : parseCount(String(value), name);
}
function list(text) {
    return text === undefined || text === '' ? undefined : text.split(',').map((part) => part.trim());
}
function table(name, value) {
    return given(value) ? { [name]: value } : undefined;
}
export function checkProvider(name) {
    const known = PROVIDERS.find((provider) => provider === name);
    if (known)
        return known;
    throw new RookeryError('usage', `There is no provider '${name}'`, { hint: `Providers: ${PROVIDERS.join(', ')}` });
}
function checkFallback(text) {
    const at = text.indexOf(':');
    if (at > 0 && at < text.length - 1)
        return { provider: checkProvider(text.slice(0, at)), model: text.slice(at + 1) };
    throw new RookeryError('usage', `--fallback takes provider:model, not '${text}'`);
}
function checkEndpoint(text) {
    if (text === undefined)
        return undefined;
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url && (url.protocol === 'http:' || url.protocol === 'https:'))
        return text;
    throw new RookeryError('usage', `--endpoint takes an http or https address, not '${text}'`);
}
/** `rookery config` shows it, so it holds no secret. */
function checkSearxng(setting) {
    const text = setting?.searxng || undefined;
    if (text === undefined)
        return undefined;
    const url = URL.canParse(text) ? new URL(text) : undefined;
    const bare = url && !url.username && !url.password && !url.search && !url.hash;
    if (bare && /^https?:$/.test(url.protocol))
        return text;
    throw new RookeryError('usage', 'The address of SearXNG is no plain http or https URL', {
        hint: 'Give one without user name and query, such as http://127.0.0.1:8888',
    });
}
function notesOf(project) {
    if (!project || project.untrusted.length === 0)
        return [];
    const names = project.untrusted.join(', ');
    return [`${project.path} sets ${names}, which is left out until you trust that file: rookery config --trust`];
}
//# sourceMappingURL=settings.js.map