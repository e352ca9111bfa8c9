export function liveTools(fixed, servers) {
    let mcp;
    let known = { from: NONE, all: fixed };
    return {
        all() {
            const from = mcp?.tools() ?? NONE;
            if (from === known.from)
                return known.all;
            // A tool of the user's own keeps its name.
            const more = from.filter(({ name }) => !fixed.has(name));
            known = { from, all: new Map([...fixed, ...more.map((tool) => [tool.name, tool])]) };
            return known.all;
        },
        async start() {
            if (mcp || servers.servers.length === 0)
                return;
            const { createMcp } = await import('../tools/mcp/create-mcp.js');
            mcp = await createMcp(servers);
        },
        async stop() {
            await mcp?.stop();
            mcp = undefined;
        },
    };
}
// ---
const NONE = [];
//# sourceMappingURL=live-tools.js.map