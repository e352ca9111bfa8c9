/**
 * Which MCP servers a worker has: those of the user's file, of a trusted project's, and of --mcp, by name; a later one
 * replaces an earlier one. Secrets are named, never read here.
 */
import { dirname, resolve } from 'node:path';
import { RookeryError } from '../domain/errors.js';
import { isServerName } from '../domain/mcp.js';
/** Not one file instead of the other: a project adds servers to those of the user. */
export async function mcpSetting(flags, { project, user, cwd }) {
    const value = await mcpServers({
        flags,
        project: { tables: project?.settings.mcp, base: cwd },
        user: { tables: user?.settings.mcp, base: user ? dirname(user.path) : cwd },
    });
    const origins = value.map(({ origin }) => origin);
    const first = ['flag', 'project file', 'user file'].find((origin) => origins.includes(origin));
    return { value, origin: first ?? 'default' };
}
export async function mcpServers({ flags, project, user }) {
    const all = new Map();
    const add = (tables, origin, base) => {
        for (const [name, table] of Object.entries(tables ?? {}))
            all.set(name, toServer(name, table, { origin, base }));
    };
    add(user.tables, 'user file', user.base);
    add(project.tables, 'project file', project.base);
    for (const flag of flags)
        add(await tableOf(flag), 'flag', project.base);
    return [...all.values()];
}
/** The long form of --mcp, for a process that does not read the file it came from. */
export function toFlag({ name, ...server }) {
    const { command, args, env, workspace, network, url, headers } = server;
    return JSON.stringify({ name, command, args, env, workspace, network, url, headers_env: headers });
}
// ---
function toServer(name, table, { origin, base }) {
    const { command, args = [], env, network, url, headers_env } = table;
    if (url !== undefined)
        return { name, url, origin, ...(headers_env ? { headers: headers_env } : {}) };
    if (table.sandbox === 'off' && origin !== 'user file') {
        throw new RookeryError('usage', `The sandbox of the MCP server '${name}' cannot be turned off there`, {
            hint: 'Only your own config.toml may say sandbox = "off"',
        });
    }
    const program = command ?? '';
    return {
        name,
        command: program.includes('/') ? resolve(base, program) : program,
        args,
        origin,
        ...(env ? { env } : {}),
        ...(network ? { network } : {}),
        ...(table.sandbox ? { sandbox: table.sandbox } : {}),
        ...(table.workspace === undefined ? {} : { workspace: resolve(base, table.workspace) }),
    };
}
/** `name=command args`, `name=https://…`, or a JSON object with the fields of a file and the name. */
async function tableOf(flag) {
    if (flag.trimStart().startsWith('{'))
        return longForm(flag);
    const at = flag.indexOf('=');
    const name = flag.slice(0, Math.max(0, at)).trim();
    const [command = '', ...args] = words(flag.slice(at + 1));
    if (!isServerName(name) || command === '') {
        throw new RookeryError('usage', `--mcp takes name=command or name=URL, not '${flag.slice(0, 80)}'`, {
            hint: 'A name has at most 24 letters, digits, - and single _',
        });
    }
    return /^https?:\/\//i.test(command)
        ? checked({ [name]: { url: flag.slice(at + 1).trim() } })
        : { [name]: { command, args } };
}
function longForm(flag) {
    let given;
    try {
        given = JSON.parse(flag);
    }
    catch {
        throw new RookeryError('usage', `--mcp takes name=command, name=URL or a JSON object, not '${flag.slice(0, 80)}'`);
    }
    const { name, ...table } = given;
    return checked({ [String(name)]: table });
}
async function checked(tables) {
    const [{ mcpSchema }, { problemOf }] = await Promise.all([
        import('./mcp-schema.js'),
        import('../domain/wire-schema.js'),
    ]);
    const parsed = mcpSchema.safeParse(tables);
    if (parsed.success)
        return parsed.data;
    throw new RookeryError('usage', `--mcp is wrong: ${problemOf(parsed.error)}`);
}
/** As a shell would split them, without anything that a shell would do. */
function words(text) {
    const found = [];
    const pattern = /\s*((?:"(?:[^"\\]|\\.)*"|'[^']*'|\\.|[^\s"'\\])+)/gsy;
    let end = 0;
    for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
        found.push((match[1] ?? '').replace(/"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)/gs, bare));
        end = pattern.lastIndex;
    }
    if (text.slice(end).trim() === '')
        return found;
    throw new RookeryError('usage', `--mcp holds a quote that does not end: ${text.slice(end, end + 80).trim()}`);
}
function bare(_whole, double, single, escaped) {
    return double === undefined ? (single ?? escaped ?? '') : double.replace(/\\(["\\$`])/g, '$1');
}
//# sourceMappingURL=mcp-settings.js.map