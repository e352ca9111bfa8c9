/** The activities of a background task, and those for signatures, over one set of dependencies. */

import { createIterate } from './iterate.js';
import { createMirror } from './mirror.js';
import { createNotify } from './notify.js';
import type { ActivityDeps } from './ports.js';
import { createRunTool } from './run-tool.js';
import { createShared, type Shared } from './shared.js';
import { withShortStacks } from './short-stacks.js';
import { createSignTask } from './sign-task.js';
import { createVerifyControl } from './verify-control.js';

export { createShared } from './shared.js';

/** `shared`: state that other parts of the worker pass to its activities. */
export function createActivities(deps: ActivityDeps, shared: Shared = createShared(deps)) {
  return withShortStacks({
    iterate: createIterate(deps, shared),
    runTool: createRunTool(deps, shared),
    mirror: createMirror(deps, shared),
    notify: createNotify(deps, shared),
    signTask: createSignTask(deps),
    verifyControl: createVerifyControl(deps),
  });
}

export type Activities = ReturnType<typeof createActivities>;
