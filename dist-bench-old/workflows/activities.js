/**
 * The activities as the workflow calls them, and the reason of every timeout. Never a scheduleToCloseTimeout: it counts
 * the hours in which no worker runs.
 */
import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';
import { FIXED } from '../src/domain/limits.js';
import { FAILURES } from '../src/domain/protocol.js';
const common = {
    // A task is cancelled when its tool is dead, not when it was told to die.
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
};
/** The model call is cut at 10 minutes by itself; a dead worker shows after 3 s without a heartbeat. */
const iterating = {
    ...common,
    startToCloseTimeout: FIXED.modelCallMs + 60_000,
    heartbeatTimeout: '3 seconds',
    retry: { maximumAttempts: 5, initialInterval: '1 second', maximumInterval: '1 minute' },
};
const safeTool = {
    ...common,
    startToCloseTimeout: '10 minutes',
    heartbeatTimeout: '3 seconds',
    retry: { maximumAttempts: 5, initialInterval: '1 second', nonRetryableErrorTypes: [FAILURES.refused] },
};
/** A laptop lid that is closed for 15 s must not turn a healthy tool into an unknown outcome. */
const unsafeTool = { ...safeTool, heartbeatTimeout: '60 seconds', retry: { maximumAttempts: 1 } };
/** A full disk is waited out: the mirror never gives up and never fails the task. */
const mirroring = {
    ...common,
    cancellationType: ActivityCancellationType.TRY_CANCEL,
    startToCloseTimeout: '30 seconds',
    heartbeatTimeout: '3 seconds',
    retry: { initialInterval: '500 milliseconds', maximumInterval: '5 seconds' },
};
export const { iterate } = proxyActivities(iterating);
export const { runTool: runSafeTool } = proxyActivities(safeTool);
export const { runTool: runUnsafeTool } = proxyActivities(unsafeTool);
export const { mirror } = proxyActivities(mirroring);
/** The next iteration waits this long for the host that has its conversation. */
export const HOST_WAIT = '2 seconds';
//# sourceMappingURL=activities.js.map