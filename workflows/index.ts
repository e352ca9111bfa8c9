/**
 * The entry point for the workflow sandbox: importable from your own workflows module (`export * from
 * 'rookery/workflows'`).
 */
export { backgroundTask } from './background-task.js';
export { type ChildTaskOptions, executeBackgroundTask, signTask, startBackgroundTask } from './child-task.js';
export { approvalsQuery, decideSignal, resumeSignal, statusQuery, transcriptQuery } from './definitions.js';
