/** What nothing overrides: writes to protected paths, and anything that touches Rookery's own files. Pure. */
import { resolve } from 'node:path';
import { isProtectedPlace, ownedBy, placeOf } from './places.js';
export function fenced(question, seen) {
    const { tool, own, workspace } = question;
    const owned = seen.places.find(ownedBy(own, workspace));
    if (owned)
        return refuse(`${owned.absolute} belongs to Rookery itself`, "Rookery's own files");
    const kept = tool.effect === 'read' ? undefined : seen.places.find(isProtectedPlace);
    if (kept)
        return refuse(`${kept.inside ?? kept.absolute} is protected: what is written there runs later`, 'protected paths');
    return seen.line && fencedLine(question, seen.line);
}
// ---
/** As far as a line tells: what it hides, the sandbox or a person must see. */
function fencedLine(question, line) {
    const { own, workspace } = question;
    const said = own.map((path) => resolve(path)).find((path) => path.length > 1 && names(line.text, path, workspace));
    if (said !== undefined)
        return refuse(`${said} belongs to Rookery itself`, "Rookery's own files");
    if (line.parsed.kind === 'opaque')
        return undefined;
    const { commands } = line.parsed;
    const isOwn = ownedBy(own, workspace);
    const words = commands.flatMap((one) => [...one.words, ...one.redirections.map(({ target }) => target)]);
    const word = words.find((text) => isOwn(placeOf(workspace, text)));
    if (word !== undefined)
        return refuse(`${word} belongs to Rookery itself`, "Rookery's own files");
    const target = commands
        .flatMap(({ redirections }) => redirections.filter(({ writes }) => writes))
        .find((one) => isProtectedPlace(placeOf(workspace, one.target)));
    return target && refuse(`${target.target} is protected: what is written there runs later`, 'protected paths');
}
/** A directory that holds the workspace is named by every absolute path within the workspace. */
function names(text, path, workspace) {
    if (`${resolve(workspace)}/`.startsWith(`${path}/`) && resolve(workspace) !== path)
        return false;
    return text.includes(path);
}
function refuse(why, rule) {
    return { verdict: 'refuse', reason: `${why}; it is refused whatever was allowed.`, rule };
}
//# sourceMappingURL=fences.js.map