/**
 * The entry point for the workflow sandbox: importable from your own workflows module (`export * from
 * 'rookery/workflows'`).
 */
export { backgroundTask } from './background-task.js';
export { resumeSignal, statusQuery, transcriptQuery } from './inbox.js';
