/** What must never leave a worker: the keys of providers and of search engines, and what MCP servers are given. */
import { variablesOf } from '../domain/mcp.js';
export function secretsOf({ models, webSearch, mcp = [], env = {} }) {
    const all = [...Object.values(models?.keys ?? {}), models?.overrideKey, webSearch?.braveKey, webSearch?.tavilyKey];
    // `Bearer` and the like stand before what must not be told.
    const given = mcp
        .flatMap(variablesOf)
        .flatMap((name) => (HARMLESS.test(name) ? [] : [env[name], env[name]?.split(' ').at(-1)]));
    return [...all, ...given].filter((secret) => secret !== undefined);
}
// ---
/** They say where things are, and stand in innocent texts. */
const HARMLESS = /^(PATH|HOME|USER|LOGNAME|LANG|LC_[A-Z]+|TERM|TMPDIR|TZ|SHELL|PWD|XDG_[A-Z_]+|DISPLAY)$/;
//# sourceMappingURL=secrets.js.map