/**
 * The entry point for the workflow sandbox: importable from your own workflows module (`export * from
 * 'rookery/workflows'`). With the types that its exports name; what those name in turn is in `rookery`.
 */
export type {
  InboxAnswer,
  PauseMessage,
  PersonMessage,
  RaiseMessage,
  WithdrawMessage,
} from '../src/domain/control.js';
export type { MoveMessage } from '../src/domain/host-change.js';
export type { ApprovalsAnswer, Decision, SignedMessage } from '../src/domain/messages.js';
export type { SignTaskInput, StatusAnswer, TaskInput, TaskResult, TranscriptAnswer } from '../src/domain/protocol.js';
export type { ActivityTimes, AgentOptions, Attempts, TaskActivityOptions } from './activity-options.js';
export { type BackgroundTask, backgroundTask, createBackgroundTask } from './background-task.js';
export { type ChildTaskOptions, executeBackgroundTask, signTask, startBackgroundTask } from './child-task.js';
export {
  approvalsQuery,
  decideSignal,
  inboxQuery,
  messageSignal,
  moveSignal,
  pauseSignal,
  raiseSignal,
  resumeSignal,
  statusQuery,
  transcriptQuery,
  unpauseSignal,
  withdrawSignal,
} from './definitions.js';
export { type AgentState, type RunAgentOptions, runAgent } from './run-agent.js';
