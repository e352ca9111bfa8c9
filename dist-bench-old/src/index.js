/** The door for Node: the plugin, the manager, and the shapes that they speak. */
export { RookeryError } from './domain/errors.js';
export { FAILURES, QUERIES, SIGNALS, TASK_QUEUE, WORKFLOW_TYPE, } from './domain/protocol.js';
export { BackgroundTaskManager } from './manager/manager.js';
export { BackgroundTasksPlugin } from './plugin.js';
export { originate } from './policy/rule.js';
export { createSigner, loadKey } from './signature.js';
export { defineTool } from './tools/tool.js';
//# sourceMappingURL=index.js.map