import { createIterate } from './iterate.js';
import { createMirror } from './mirror.js';
import { createRunTool } from './run-tool.js';
import { createShared } from './shared.js';
export { createShared } from './shared.js';
/** `shared`: where others of the worker have something to tell its activities. */
export function createActivities(deps, shared = createShared(deps)) {
    return {
        iterate: createIterate(deps, shared),
        runTool: createRunTool(deps, shared),
        mirror: createMirror(deps, shared),
    };
}
//# sourceMappingURL=index.js.map