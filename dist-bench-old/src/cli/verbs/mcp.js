import { RookeryError } from '../../domain/errors.js';
import { EXIT } from '../exit.js';
import { openSession } from '../session.js';
import { noSuchAction } from '../verb.js';
export const verb = async ([action = 'list', name, ...more], options) => {
    const session = await openSession(options);
    if (action === 'list' && name === undefined)
        return list(session);
    if (action === 'trust' && name !== undefined && more.length === 0)
        return trust(session, name);
    throw noSuchAction('mcp', [action, name, ...more], 'Write `mcp list` or `mcp trust NAME`');
};
async function list(session) {
    const { out, settings } = session;
    const seen = await Promise.all(settings.mcp.value.map((server) => look(session, server)));
    if (out.json) {
        out.value({ servers: seen.map(toJson) });
        return EXIT.done;
    }
    if (seen.length === 0)
        out.line('No MCP server is configured: add [mcp.NAME] to a settings file, or --mcp.');
    for (const { server, problem, tools, leftOut } of seen) {
        out.line(`${server.name}  ${problem === undefined ? `answers, ${tools.length} tools` : `it ${problem}`}`);
        for (const { definition, standing } of tools)
            out.line(`  ${standing.state.padEnd(8)} ${definition.name}${detail(standing)}`);
        for (const line of leftOut)
            out.line(`  ${line}`);
    }
    return EXIT.done;
}
async function trust(session, name) {
    const { out, settings } = session;
    const server = settings.mcp.value.find((one) => one.name === name);
    if (!server) {
        const names = settings.mcp.value.map((one) => one.name).join(', ') || 'none is configured';
        throw new RookeryError('not_found', `There is no MCP server '${name}'`, { hint: `Servers: ${names}` });
    }
    const seen = await look(session, server);
    if (seen.problem !== undefined)
        throw new RookeryError('environment', `The MCP server ${name} ${seen.problem}`);
    if (!out.json)
        for (const tool of seen.tools)
            for (const line of difference(tool))
                out.line(line);
    await seen.trust();
    if (out.json)
        out.value(toJson(seen));
    else
        out.line(`trusted: ${seen.tools.length} tools of ${name}, as they are now`);
    return EXIT.done;
}
async function look({ settings, paths, env }, server) {
    const { lookAtServer } = await import('../../mcp.js');
    return lookAtServer(server, { paths, env, sandbox: settings.security.value.sandbox });
}
function detail(standing) {
    return standing.state === 'changed' ? `  (${standing.what.join(', ')})` : '';
}
/** What the person is about to trust, beside what they trusted before. */
function difference({ definition, standing }) {
    if (standing.state === 'pinned')
        return [];
    const after = shown(definition).map((line) => `  + ${line}`);
    if (standing.state === 'new')
        return [`new: ${definition.name}`, ...after];
    const before = shown(standing.before).map((line) => `  - ${line}`);
    return [`changed: ${definition.name} (${standing.what.join(', ')})`, ...before, ...after];
}
function shown({ description, parameters }) {
    return [...description.split('\n'), JSON.stringify(parameters)];
}
function toJson({ server, problem, tools, leftOut }) {
    return {
        name: server.name,
        source: 'url' in server ? server.url : [server.command, ...server.args].join(' '),
        ok: problem === undefined,
        problem: problem ?? null,
        left_out: leftOut,
        tools: tools.map(({ definition, standing }) => ({
            name: definition.name,
            state: standing.state,
            changed: standing.state === 'changed' ? standing.what : [],
            description: definition.description,
            parameters: definition.parameters,
            before: standing.state === 'changed' ? standing.before : null,
        })),
    };
}
//# sourceMappingURL=mcp.js.map