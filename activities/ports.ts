/**
 * The ports of the activities: adapters are passed in, never imported. The plugin builds one object that holds them
 * all.
 */

import type { IterateResult, Mirrored } from '../src/domain/activity-calls.js';
import type { AnswerSchema } from '../src/domain/answer-schema.js';
import type { BackgroundRecord } from '../src/domain/background-command.js';
import type { Call, Message } from '../src/domain/conversation.js';
import type { ExternalEdit } from '../src/domain/external-edit.js';
import type { Decision, SignedMessage } from '../src/domain/messages.js';
import type { NoticeType, TaskNotice } from '../src/domain/notice.js';
import type { TaskInput } from '../src/domain/protocol.js';
import type { SearchAttribute } from '../src/domain/search.js';
import type { Judgement, Label, Observation } from '../src/domain/tool.js';
import type { ModelChoice, Models, Reply } from '../src/models/model.js';
import type { Authority } from '../src/policy/allow.js';
import type { Rule } from '../src/policy/rule.js';
import type { Claims } from '../src/tools/claims.js';
import type { SeenFiles } from '../src/tools/seen-files.js';
import type { Tool } from '../src/tools/tool.js';
import type { AdmittedRunsPort } from './restart-check.js';

export interface VerifierPort {
  verifyStart(workflowId: string, input: TaskInput): boolean;
  /** For the agent of a workflow whose type is in `trustedParents`. */
  verifyAgent(workflowId: string, input: TaskInput): boolean;
  verifyMessage(workflowId: string, signal: string, message: SignedMessage): boolean;
  /** @returns why the decision does not count for this call in this chain of runs; undefined when it counts */
  problemOfDecision(
    workflowId: string,
    decision: Decision,
    call: Call & { readonly chain: string },
  ): string | undefined;
}

/** A call with parsed arguments, of an admitted task. */
export interface CallQuestion {
  /** Id of the task. */
  readonly task: string;
  readonly tool: Tool;
  readonly args: unknown;
  /** The arguments as the model wrote them and as a person sees them. */
  readonly originalArgs: unknown;
  readonly authority: Authority;
  /** Labels of the conversation so far. */
  readonly labels: readonly Label[];
  readonly workspace: string;
  /** Rules of the task's signed start; the worker's own rules go first. */
  readonly rules: readonly Rule[];
}

/** What the worker's policy lets a task do. */
export interface PolicyPort {
  offered(tools: Iterable<Tool>, task: Pick<CallQuestion, 'authority' | 'rules'>): readonly Tool[];
  /** The hosts that a command reaches by rules and by the allow list, without asking for them. */
  reachable(question: Omit<CallQuestion, 'originalArgs' | 'labels' | 'task'>): readonly string[];
  /** Whether credential files may be opened. */
  allowsSecrets(authority: Authority): boolean;
  judge(question: CallQuestion): Promise<Judgement & { readonly rule: string }>;
}

export interface ToolsPort {
  readonly all: ReadonlyMap<string, Tool>;
  /** Also finds a tool by an alias. */
  find(name: string): Tool | undefined;
  /** Resolves when tools that load while the worker runs have had their time to load. */
  whenReady(signal: AbortSignal): Promise<void>;
  /** @returns why a tool of that name is not available yet; undefined when no such tool is known */
  whyUnavailable(name: string): string | undefined;
  spec(tool: Tool): { name: string; description: string; parameters: Record<string, unknown> };
  /** The parsed arguments, or a sentence for the model. */
  parse(tool: Tool, args: unknown): { ok: true; args: unknown } | { ok: false; problem: string };
  /** Kills processes that a call of a dead worker left running. */
  killLeftovers(call: string): Promise<void>;
  isAlive(owner: { pid: number; started: string }): boolean;
  /** Ends the background commands of a task that has ended. */
  endBackground(task: string): Promise<void>;
  /** The background commands of a task that ended with their worker. */
  interrupted(task: string): readonly BackgroundRecord[];
}

export interface MirrorWrite {
  readonly id: string;
  readonly input: TaskInput;
  readonly record: Mirrored;
  /** Milliseconds since 1970, from the server; orders the writes together with the version. */
  readonly runStarted: number;
  readonly messages: readonly Message[];
  /** Where the task works; absent for an unsigned one, which changes nothing. */
  readonly workspace?: string;
}

export interface MirrorPort {
  /**
   * Writes task file and checkpoint; drops a state older than the one on disk. Throws only errors that a retry may
   * resolve.
   */
  write(write: MirrorWrite): Promise<ExternalEdit | undefined>;
}

export interface NotifierPort {
  /** What it is to be told of; empty: there is no notifier. */
  readonly events: readonly NoticeType[];
  /** Each event once by its id. Throws when it could not be told everywhere: a retry tells the rest. */
  tell(notice: TaskNotice): Promise<void>;
}

export interface WorkspacePort {
  /** @returns where a task works that was started with this input; undefined: in the worker's own workspace */
  directoryOf(id: string, input: TaskInput): string | undefined;
  /**
   * Notes what the workspace holds before the first step of a task, and makes the work tree of one that has its own; does
   * nothing when that is done. Throws a RookeryError `environment` when there can be no work tree.
   */
  begin(task: { readonly id: string; readonly workspace: string; readonly input: TaskInput }): Promise<void>;
  /**
   * Makes the workspace of a task ready that this host takes over. `problem`: why it cannot have the task; `restored`:
   * what it restored of the work on the other host.
   */
  prepare(task: {
    readonly id: string;
    readonly workspace: string;
  }): Promise<{ readonly problem?: string; readonly restored?: string }>;
}

/** Structured answers. */
export interface AnswersPort {
  /** @returns why the schema cannot be used; undefined when it can */
  problemOfSchema(schema: AnswerSchema): Promise<string | undefined>;
  /** @returns how the answer does not match; undefined when it does */
  problemOfAnswer(schema: AnswerSchema, json: string): Promise<string | undefined>;
}

export interface RunningPort {
  /**
   * Keeps the task token of a running activity on disk until `done`, so that the next worker can fail the activity at
   * once.
   */
  note(token: Uint8Array): { done(): void };
}

/** The audit log of decisions and actions. Never fails the work that it records. */
export interface AuditPort {
  /** Resolves when the note is on disk, or cannot be written. Side effects wait for it. */
  note(event: AuditNote): Promise<void>;
}

export interface AuditNote {
  readonly task: string;
  readonly type:
    | 'agent_start'
    | 'agent_finish'
    | 'tool_call'
    | 'tool_result'
    | 'policy_decision'
    | 'approval_requested'
    | 'approval_granted'
    | 'approval_denied'
    | 'security_violation'
    | 'sandbox_violation';
  readonly description: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

export interface MetricsPort {
  /** An activity named a conversation; `cacheBytes`: size of the cache. */
  recordLookup(found: boolean, cacheBytes: number): void;
  /** An activity of that run has arrived. */
  recordRun(run: string): void;
}

/** A task, and the step of it, for logs and traces. */
export interface ObservedTask {
  readonly id: string;
  readonly run: string;
  /** Absent: the step does not know it. */
  readonly iteration?: number | undefined;
  readonly input: TaskInput;
}

export interface ObservedRequest {
  /** The model, and its fallbacks. */
  readonly chain: readonly ModelChoice[];
  readonly maxOutputTokens: number;
  readonly messages: readonly Message[];
}

/** Is told what is done for a task, and does the work in between. Never fails or changes it. */
export interface ObserverPort {
  iteration(task: ObservedTask, work: () => Promise<IterateResult>): Promise<IterateResult>;
  /** One request to a model. */
  model(task: ObservedTask, request: ObservedRequest, work: () => Promise<Reply>): Promise<Reply>;
  /** One run of a tool. */
  tool(
    task: ObservedTask,
    call: Pick<Call, 'id' | 'name' | 'args'>,
    work: () => Promise<Observation>,
  ): Promise<Observation>;
  /** The last state of the task is in the files. */
  ended(task: ObservedTask, record: Mirrored): void;
}

export interface ActivityDeps {
  readonly verifier: VerifierPort;
  readonly signStart: (scope: string, input: TaskInput) => TaskInput;
  /** Workflow types that get a start signed, and may run an agent. */
  readonly trustedParents: readonly string[];
  /**
   * `ask`: a run that was restarted from outside waits for a signed resume. `run`: every run of a signed start is
   * admitted.
   */
  readonly restarts: { readonly mode: 'ask' | 'run'; readonly admitted: AdmittedRunsPort };
  /** Throws RookeryError `bad_input` with what is wrong in the input. */
  readonly parseInput: (input: unknown) => TaskInput;
  /** How unsigned starts are handled. `trust`: the cluster admits only authorised clients. */
  readonly unsigned: 'refuse' | 'read-only' | 'trust';
  /** The worker's own workspace, for starts that name none or are unsigned. */
  readonly workspace: string;
  /** The name of this host. */
  readonly host: string;
  /** Other hosts have the same workspace. */
  readonly sharedWorkspace: boolean;
  readonly workspaces: WorkspacePort;
  /** The search attributes that are registered. */
  readonly searchable: () => readonly SearchAttribute[];
  /** For starts that name no provider; undefined: they are refused. */
  readonly defaultChoice: ModelChoice | undefined;
  readonly models: Models;
  readonly answers: AnswersPort;
  /** What makes room in a long conversation: summaries of the model, or notices alone. */
  readonly compaction: 'model' | 'notices';
  readonly tools: ToolsPort;
  readonly policy: PolicyPort;
  readonly claims: Claims;
  /** What the task has seen of each file. */
  readonly seenFiles: (task: string) => SeenFiles;
  /** The directory for notes of temporary files in workspaces. */
  readonly notes?: string;
  readonly mirror: MirrorPort;
  readonly notifier: NotifierPort;
  readonly running: RunningPort;
  readonly metrics: MetricsPort;
  readonly observer: ObserverPort;
  /** First delay after a provider error; it doubles up to a minute. */
  readonly backoffMs: number;
  /** Removes keys from what leaves the process: live text, tool outputs, replies. */
  readonly redact: (text: string) => string;
  /**
   * @returns a warning line for the model above untrusted content that looks like an instruction; undefined when it
   * does not
   */
  readonly suspect: (text: string) => string | undefined;
  readonly audit: AuditPort;
}
