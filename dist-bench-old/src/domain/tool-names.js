export const BUILTIN_EFFECTS = Object.freeze({
    read_file: 'read',
    list_files: 'read',
    search_files: 'read',
    write_file: 'write',
    edit_file: 'write',
    shell: 'execute',
    web_fetch: 'network',
    web_search: 'network',
});
/** Names of --allow that stand for no single tool: every tool that changes files, and credential files. */
export const GROUPS = Object.freeze(['write', 'secrets']);
/** What the same tool is called elsewhere. */
export const ALIASES = Object.freeze({ shell_exec: 'shell' });
export function canonicalName(name) {
    return Object.hasOwn(ALIASES, name) ? (ALIASES[name] ?? name) : name;
}
/** Undefined: no tool of ours. */
export function effectOf(name) {
    return Object.hasOwn(BUILTIN_EFFECTS, name) ? BUILTIN_EFFECTS[name] : undefined;
}
/** `server__tool`: a tool of an MCP server. */
export function isMcpName(name) {
    return /^[A-Za-z0-9-]+(_[A-Za-z0-9-]+)*__[A-Za-z0-9_-]+$/.test(name) && name.length <= 64;
}
//# sourceMappingURL=tool-names.js.map