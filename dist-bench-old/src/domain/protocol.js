export const WORKFLOW_TYPE = 'backgroundTask';
/** Query of visibility: the tasks that have not ended. */
export const OPEN_TASKS = `WorkflowType = '${WORKFLOW_TYPE}' AND ExecutionStatus = 'Running'`;
export const TASK_QUEUE = 'rookery';
/** The queue of one host: its workspace, claims and files. */
export const HOST_QUEUE = /^rookery@[A-Za-z0-9._-]{1,64}$/;
export const SEARCH_STATUS = 'RookeryStatus';
export const SEARCH_MODEL = 'RookeryModel';
export const SIGNALS = { resume: 'resume', decide: 'decide' };
export const QUERIES = { status: 'status', transcript: 'transcript', approvals: 'approvals' };
/** Memo key of the phase of a waiting task; written only when it changes. */
export const MEMO_PHASE = 'rookery';
/** Failure types of a task that a client may meet. */
export const FAILURES = {
    /** The task failed; details[0] is the `TaskResult`. */
    task: 'TaskFailed',
    /** The start was not signed, or by another key: nothing was run. */
    refused: 'StartRefused',
    /** The task's time limit ran out inside an iteration. */
    outOfTime: 'OutOfTime',
    /** A worker died under the activity. */
    workerLost: 'WorkerLost',
};
//# sourceMappingURL=protocol.js.map