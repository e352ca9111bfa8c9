/** Which MCP servers there are, as a person configures them. Secrets are named here, never held. Pure. */
/** A name is the front of its tools' names, so it holds no `__`. */
export function isServerName(name) {
    return name.length <= 24 && /^[A-Za-z0-9-]+(_[A-Za-z0-9-]+)*$/.test(name);
}
/** What is started or reached: with another one behind it, a name is not trusted any more. */
export function sourceOf(server) {
    return 'url' in server ? server.url : JSON.stringify([server.command, ...server.args]);
}
/** The variables of the worker whose values a server gets to see. */
export function variablesOf(server) {
    return 'url' in server ? Object.values(server.headers ?? {}) : [...(server.env ?? [])];
}
//# sourceMappingURL=mcp.js.map