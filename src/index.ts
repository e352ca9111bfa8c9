/** The entry point for Node: the plugin, the manager, and their types. */

export { type ErrorCode, RookeryError } from './domain/errors.js';
export type { Limits } from './domain/limits.js';
export type { McpServer } from './domain/mcp.js';
export type { Approval, ApprovalsAnswer, Decision } from './domain/messages.js';
export {
  FAILURES,
  QUERIES,
  SIGNALS,
  type StatusAnswer,
  TASK_QUEUE,
  type TaskInput,
  type TaskResult,
  type TranscriptAnswer,
  WORKFLOW_TYPE,
} from './domain/protocol.js';
export type { Status } from './domain/task.js';
export type { Checkpoint, TaskFile } from './domain/wire.js';
export type { WaitingApproval } from './manager/approvals.js';
export type { VerbOutcome } from './manager/context.js';
export type { FollowEvent, Followed, FollowOptions } from './manager/follow.js';
export { BackgroundTaskManager, type ManagerOptions } from './manager/manager.js';
export type { StatusDetail, StatusObject } from './manager/status-object.js';
export type { SubmitOptions, Submitted } from './manager/submit.js';
export { type BackgroundTasksOptions, BackgroundTasksPlugin } from './plugin.js';
export { type OriginatedRule, originate, type Policy, type Rule } from './policy/rule.js';
export type { PersonDecision } from './signing/decisions.js';
export { createSigner, loadKey } from './signing/signature.js';
export { defineTool, type Tool, type ToolContext, type ToolDefinition, type ToolOutcome } from './tools/tool.js';
