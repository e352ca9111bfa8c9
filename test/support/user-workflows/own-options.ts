/** The packaged workflow with other options for its activities. */
import { createBackgroundTask } from '../../../workflows/index.js';

export * from '../../../workflows/index.js';

export const backgroundTask = createBackgroundTask({
  priority: { priorityKey: 4 },
  activities: {
    iterate: { startToCloseTimeout: '20 minutes', retry: { maximumAttempts: 2 } },
    safeTool: { heartbeatTimeout: '30 seconds', priority: { priorityKey: 1 } },
    unsafeTool: { startToCloseTimeout: '2 hours' },
    mirror: { retry: { maximumInterval: '30 seconds' } },
  },
});
