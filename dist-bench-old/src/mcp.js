/** Looks at one MCP server for the command: what it offers now, and what of that is trusted. Pins nothing by looking. */
import { sentenceOf } from './domain/errors.js';
import { sandboxFor } from './sandbox.js';
import { openServer } from './tools/mcp/create-mcp.js';
import { createPins } from './tools/mcp/pins.js';
/** Starts the server, asks, and ends it again. */
export async function lookAtServer(server, { paths, sandbox, env }) {
    const found = await sandboxFor(paths, sandbox);
    const pins = createPins(paths.workdir);
    const confining = found.kind === 'available' ? found.sandbox : undefined;
    const means = { servers: [], workdir: paths.workdir, sandbox: confining, env, announce: () => undefined };
    const open = openServer(server, means, async () => undefined);
    try {
        const problem = await open.reach().then(() => undefined, sentenceOf);
        const { definitions = [], leftOut = [] } = open.listed ?? {};
        return {
            server,
            problem,
            tools: definitions.map((definition) => ({ definition, standing: pins.standing(server, definition) })),
            leftOut,
            trust: () => pins.trust(server, definitions),
        };
    }
    finally {
        await open.stop();
    }
}
//# sourceMappingURL=mcp.js.map