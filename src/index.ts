/**
 * The entry point for Node: the plugin, the manager, the definitions of signals and queries, and every type that they
 * name.
 */

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
} from '../workflows/definitions.js';
export { type AnswerSchema, answerSchemaOf, type SchemaSource } from './domain/answer-schema.js';
export type { BackgroundState } from './domain/background-command.js';
export type { ChangedFile, ShownWorktree } from './domain/changed-file.js';
export type { Continuation, ContinuedFrom, Continues, Lineage, OpenCall } from './domain/continues.js';
export type {
  InboxAnswer,
  LimitKind,
  MessageMode,
  MessageReceipt,
  MessageState,
  Paused,
  PauseMessage,
  PersonMessage,
  RaisedLimits,
  RaiseMessage,
  ReachedLimit,
  WithdrawMessage,
} from './domain/control.js';
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
export type { AnswerCheck, Finish } from './domain/finish.js';
export type { MoveAnswer, MoveMessage } from './domain/host-change.js';
export type { Adopted } from './domain/import-checkpoint.js';
export type { RawFields } from './domain/json-text.js';
export type { Limits } from './domain/limits.js';
export type { HttpServer, McpServer, StdioServer } from './domain/mcp.js';
export type { Approval, ApprovalsAnswer, Ask, Decision, Signature, SignedMessage } from './domain/messages.js';
export type { NeedKind, NoticeBase, NoticeEvent, NoticeType, TaskNotice } from './domain/notice.js';
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
  type WorktreeStart,
} from './domain/protocol.js';
export type { Effort, Provider, ProviderName } from './domain/provider.js';
export type { ProxySettings } from './domain/proxies.js';
export type { Phase, Status, TaskRecord, TaskState, Usage } from './domain/task.js';
export type { AboutDetail, TaskAbout } from './domain/task-about.js';
export type { Micros } from './domain/timestamp.js';
export type { CallOutcome, Effect, Label, Placement, Replay, ToolSpec, Touches, Verdict } from './domain/tool.js';
export type { Checkpoint, TaskFile, WireMessage } from './domain/wire.js';
export type { WorkEvent } from './domain/work-event.js';
export type { Adopter } from './manager/adopt.js';
export type { ApplyOptions } from './manager/apply.js';
export type { CallTarget, WaitingApproval } from './manager/approvals.js';
export type { VerbOutcome } from './manager/context.js';
export type { Continued, ContinueOptions } from './manager/continue.js';
export type { DecideOutcome } from './manager/decide.js';
export type { TaskDiff } from './manager/diff.js';
export type { DiscardOptions } from './manager/discard.js';
export type { PastEffect } from './manager/effects.js';
export type {
  EventBody,
  LimitEvent,
  MessageEvent,
  QuestionEvent,
  RetryEvent,
  TaskEvent,
} from './manager/event-bodies.js';
export type { Exported } from './manager/export.js';
export type { FollowEvent, Followed, FollowOptions } from './manager/follow.js';
export type { Forked, ForkOptions } from './manager/fork.js';
export type { HandoverOutcome } from './manager/handover.js';
export type { Listed, ListedFile, ListedOverview, ListedParts, ListedTask, ListServer } from './manager/list.js';
export type { ObjectText } from './manager/list-json.js';
export type { TextEvent } from './manager/live-text.js';
export { BackgroundTaskManager, type ManagerOptions } from './manager/manager.js';
export type { TaskControl } from './manager/manager-control.js';
export type { TaskReads } from './manager/manager-reads.js';
export type { MirrorOptions, MirrorOutcome } from './manager/mirror.js';
export type { MoveTarget } from './manager/move.js';
export type { Needs, WaitingQuestion, WaitingTask } from './manager/needs.js';
export type { Now } from './manager/now.js';
export type { Overrides } from './manager/onward-input.js';
export type { PauseOptions } from './manager/pause.js';
export type { Receipt } from './manager/receipt.js';
export type { Recovery } from './manager/recover.js';
export type { Rerun, RerunOptions } from './manager/rerun.js';
export type { TaskAnswer } from './manager/result.js';
export type { ResumeOptions } from './manager/resume.js';
export type { RetryOptions } from './manager/retry.js';
export type { SendOptions } from './manager/send.js';
export type {
  BackgroundDetail,
  StatusDetail,
  StatusObject,
  UsageDetail,
  WaitingDetail,
  WorkflowDetail,
} from './manager/status-object.js';
export type { SubmitOptions, Submitted } from './manager/submit.js';
export type { FromMemo } from './manager/task-of-memo.js';
export type { NewTask } from './manager/task-schema.js';
export type { WaitOptions } from './manager/wait.js';
export type { PublishedWait } from './manager/work-in-flight.js';
export type { Mirror, MirrorState } from './mirror/additional-mirror.js';
export type { Child } from './mirror/children.js';
export type { BrokenFile } from './mirror/reader.js';
export type { TaskSummary } from './mirror/task-summaries.js';
export type { ListedOrder } from './mirror/write-order.js';
export type { KeyRing } from './models/connection.js';
export type { ModelSettings } from './models/create-models.js';
export type { Fetch, HttpAnswer, Send } from './models/exchange.js';
export type { Model, ModelChoice, ModelRequest, Reply, RequestedCall } from './models/model.js';
export type { OwnModels } from './models/own-models.js';
export type { OwnPrices } from './models/prices/prices.js';
export type { AnswerBody } from './models/stream/byte-source.js';
export type { Notifier, NotifyOptions, WebhookOptions } from './notify/options.js';
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
  LastEventsRequest,
  ListPage,
  ListRequest,
  NamespaceAnswer,
  NamespaceRequest,
  PollersAnswer,
  PollersRequest,
  ServiceCalls,
  SignalledStart,
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
export type { ShipOptions } from './worker/plugin-options.js';
