import { createIterate } from './iterate.js';
import { createMirror } from './mirror.js';
import { createRunTool } from './run-tool.js';
import { createShared } from './shared.js';
export function createActivities(deps) {
    const shared = createShared(deps);
    return {
        iterate: createIterate(deps, shared),
        runTool: createRunTool(deps, shared),
        mirror: createMirror(deps, shared),
    };
}
//# sourceMappingURL=index.js.map