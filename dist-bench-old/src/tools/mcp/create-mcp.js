/**
 * The tools of all configured MCP servers, as they are at this moment: a server that is slow does not hold up the worker,
 * its tools are there when it is. Owns the servers until `stop`.
 */
import { variablesOf } from '../../domain/mcp.js';
import { toTool } from './as-tool.js';
import { prepareLaunch } from './launch.js';
import { DEADLINES } from './limits.js';
import { createPins } from './pins.js';
import { Server } from './server.js';
export async function createMcp(options) {
    const deadlines = { ...DEADLINES, ...options.deadlines };
    const pins = createPins(options.workdir);
    const servers = options.servers.map((config) => openServer(config, options, (definitions) => pins.meet(config, definitions)));
    announceOnce(options);
    const all = new Tools(pins, options.announce);
    await inTime(Promise.all(servers.map(wake)), deadlines.startMs);
    return {
        tools() {
            // Who was not there is asked again, when its pause is over, by whoever wants to know.
            for (const server of servers)
                if (server.due)
                    void wake(server);
            return all.of(servers);
        },
        stop: async () => {
            await Promise.all(servers.map((server) => server.stop()));
        },
    };
}
/** One server, to be reached and stopped by the caller. */
export function openServer(config, options, onListed) {
    return new Server(config, {
        open: () => open(config, options),
        deadlines: { ...DEADLINES, ...options.deadlines },
        announce: options.announce,
        onListed,
    });
}
// ---
/** Keeps the tool of a definition that has not changed: specs are made once for each. */
class Tools {
    pins;
    announce;
    #kept = new Map();
    #last = [];
    #seen = [];
    #told = new Set();
    constructor(pins, announce) {
        this.pins = pins;
        this.announce = announce;
    }
    of(servers) {
        // It is asked for every message of a conversation.
        if (servers.every(({ listed }, n) => listed === this.#seen[n]))
            return this.#last;
        this.#seen = servers.map(({ listed }) => listed);
        const now = new Map();
        for (const server of servers) {
            for (const definition of server.listed?.definitions ?? [])
                now.set(definition, this.#kept.get(definition) ?? toTool(server, definition, this.pins));
            for (const line of server.listed?.leftOut ?? [])
                this.#tell(`MCP server ${server.config.name}: ${line}`);
        }
        const same = now.size === this.#kept.size && [...now.keys()].every((one) => this.#kept.has(one));
        if (!same)
            this.#last = [...now.values()];
        this.#kept = now;
        return this.#last;
    }
    #tell(line) {
        // A server can make up names for ever.
        if (this.#told.has(line) || this.#told.size > MAX_TOLD)
            return;
        this.#told.add(line);
        this.announce(line);
    }
}
const MAX_TOLD = 1_000;
/** What it says of its failures it has announced. */
async function wake(server) {
    await server.reach().catch(() => undefined);
}
async function open(config, { workdir, sandbox, env }) {
    const library = await import('@modelcontextprotocol/client');
    if ('url' in config) {
        const { httpWire } = await import('./http.js');
        return httpWire(config, env, library);
    }
    const { StdioWire } = await import('./stdio.js');
    return new StdioWire(await prepareLaunch(config, { workdir, sandbox, env }), library.deserializeMessage);
}
function announceOnce({ servers, sandbox, env, announce }) {
    const local = servers.filter((server) => !('url' in server));
    const free = local.filter((server) => sandbox === undefined || ('sandbox' in server && server.sandbox === 'off'));
    if (free.length > 0) {
        const names = free.map(({ name }) => name).join(', ');
        announce(`Without a sandbox, as the user of this worker, run the MCP servers: ${names}`);
    }
    for (const server of local) {
        const missing = variablesOf(server).filter((name) => env[name] === undefined);
        if (missing.length > 0)
            announce(`The MCP server ${server.name} wants ${missing.join(', ')}, which is not set`);
    }
}
async function inTime(work, ms) {
    let timer;
    const late = new Promise((resolve) => {
        timer = setTimeout(resolve, ms);
    });
    await Promise.race([work, late]);
    clearTimeout(timer);
}
//# sourceMappingURL=create-mcp.js.map