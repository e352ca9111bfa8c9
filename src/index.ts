/**
 * The entry point for Node: the plugin, the manager, the definitions of signals and queries, and every type that they
 * name.
 */

export {
  approvalsQuery,
  decideSignal,
  moveSignal,
  resumeSignal,
  statusQuery,
  transcriptQuery,
} from '../workflows/definitions.js';
export type { Call, ContentPart, Message, OriginPart, Removed, ReplyOrigin } from './domain/conversation.js';
export type { CostSource, KnownCost, ModelPrice, ReplyCost, TaskCost } from './domain/cost.js';
export type { PayloadDecoder } from './domain/decode-payloads.js';
export type {
  Delegate,
  DelegatedActivity,
  DelegatedOperation,
  DelegatedWorkflow,
  DelegatePriority,
  DelegateRetry,
  Duration,
} from './domain/delegate.js';
export { type ErrorCode, type ErrorDetail, type Rejected, RookeryError } from './domain/errors.js';
export type { Finish } from './domain/finish.js';
export type { MoveAnswer, MoveMessage } from './domain/host-change.js';
export type { Adopted } from './domain/import-checkpoint.js';
export type { RawFields } from './domain/json-text.js';
export type { Limits } from './domain/limits.js';
export type { HttpServer, McpServer, StdioServer } from './domain/mcp.js';
export type { Approval, ApprovalsAnswer, Ask, Decision, Signature, SignedMessage } from './domain/messages.js';
export type { NoticeBase, TaskNotice } from './domain/notice.js';
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
export type { Effort, Provider, ProviderName } from './domain/provider.js';
export type { Phase, Status, TaskRecord, TaskState, Usage } from './domain/task.js';
export type { Micros } from './domain/timestamp.js';
export type { CallOutcome, Effect, Label, Placement, Replay, ToolSpec, Touches, Verdict } from './domain/tool.js';
export type { Checkpoint, TaskFile, WireMessage } from './domain/wire.js';
export type { WorkEvent } from './domain/work-event.js';
export type { Adopter } from './manager/adopt.js';
export type { WaitingApproval } from './manager/approvals.js';
export type { VerbOutcome } from './manager/context.js';
export type { EventBody, TaskEvent } from './manager/events.js';
export type { Exported } from './manager/export.js';
export type { FollowEvent, Followed, FollowOptions } from './manager/follow.js';
export type { HandoverOutcome } from './manager/handover.js';
export type { Listed, ListedTask, ListServer } from './manager/list.js';
export type { TextEvent } from './manager/live-text.js';
export { BackgroundTaskManager, type ManagerOptions } from './manager/manager.js';
export type { MirrorOptions, MirrorOutcome } from './manager/mirror.js';
export type { MoveTarget } from './manager/move.js';
export type { ResumeOptions } from './manager/resume.js';
export type { StatusDetail, StatusObject, UsageDetail, WorkflowDetail } from './manager/status-object.js';
export type { SubmitOptions, Submitted } from './manager/submit.js';
export type { FromMemo } from './manager/task-of-memo.js';
export type { WaitOptions } from './manager/wait.js';
export type { Mirror, MirrorState } from './mirror/additional-mirror.js';
export type { BrokenFile } from './mirror/reader.js';
export type { TaskSummary } from './mirror/task-summaries.js';
export type { KeyRing } from './models/connection.js';
export type { ModelSettings } from './models/create-models.js';
export type { Fetch, HttpAnswer, Send } from './models/exchange.js';
export type { Model, ModelChoice, ModelRequest, Reply, RequestedCall } from './models/model.js';
export type { OwnModels } from './models/own-models.js';
export type { OwnPrices } from './models/prices/prices.js';
export type { AnswerBody } from './models/stream/byte-source.js';
export { type BackgroundTasksOptions, BackgroundTasksPlugin } from './plugin.js';
export type { Authority } from './policy/allow.js';
export type { CallToJudge, PolicyAnswer, PolicyFunction } from './policy/policy-function.js';
export { type OneOrMore, type OriginatedRule, originate, type Policy, type Rule } from './policy/rule.js';
export type { Widening } from './sandbox/widening.js';
export type { JsonPayload } from './server/json-payloads.js';
export type {
  CountAnswer,
  CountRequest,
  HistoryPage,
  HistoryRequest,
  ListPage,
  ListRequest,
  PollersAnswer,
  PollersRequest,
  ServiceCalls,
  TaskHandle,
  TemporalClient,
  WorkflowCalls,
  WorkflowDescription,
  WorkflowStart,
  WorkflowSummary,
} from './server/temporal-client.js';
export { decisionOn, type PersonDecision } from './signing/decisions.js';
export { createSigner, loadKey, type Signer, type Verifier } from './signing/signature.js';
export {
  type ActivityTool,
  activityTool,
  type DelegatedTool,
  type NexusTool,
  nexusTool,
  type WorkflowTool,
  workflowTool,
} from './tools/delegated.js';
export type { SeenFiles } from './tools/seen-files.js';
export { defineTool, type Tool, type ToolContext, type ToolDefinition, type ToolOutcome } from './tools/tool.js';
export type { SearchOptions } from './tools/web/engines.js';
export type { CacheCounts } from './worker/metrics.js';
export type { Notifier } from './worker/notices.js';
export type { ShipOptions } from './worker/plugin-options.js';
