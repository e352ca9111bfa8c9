/** The tools of a worker: those of the product, confined where this host has a sandbox, and those of its user. */
import { RookeryError } from '../domain/errors.js';
import { sandboxFor } from '../sandbox.js';
import { createTools } from '../tools/catalogue.js';
import { guarded } from '../tools/guarded.js';
import { liveTools } from './live-tools.js';
export async function toolsOf(settings, paths) {
    const found = await sandboxFor(paths, settings.sandbox ?? 'auto');
    const sandbox = found.kind === 'available' ? { sandbox: found.sandbox } : {};
    const tools = new Map(createTools({ env: settings.env ?? {}, webSearch: settings.webSearch, ...sandbox }));
    for (const tool of settings.tools ?? []) {
        if (tools.has(tool.name))
            throw new RookeryError('usage', `There are two tools named '${tool.name}'`);
        tools.set(tool.name, guarded(tool));
    }
    const { mcp = [], env = {}, announce = () => undefined } = settings;
    const servers = { servers: mcp, workdir: paths.workdir, env, announce, sandbox: sandbox.sandbox };
    return { tools: liveTools(tools, servers), sandboxed: found.kind === 'available' };
}
//# sourceMappingURL=worker-tools.js.map