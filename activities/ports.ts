/**
 * What the activities need from the outside, as ports: adapters are handed in, never imported. One object, made by the
 * plugin, holds them all.
 */

import type { Call, Message } from '../src/domain/conversation.js';
import type { ExternalEdit } from '../src/domain/external-edit.js';
import type { Decision, SignedMessage } from '../src/domain/messages.js';
import type { Mirrored, TaskInput } from '../src/domain/protocol.js';
import type { Judgement, Label } from '../src/domain/tool.js';
import type { ModelChoice, Models } from '../src/models/model.js';
import type { Authority } from '../src/policy/allow.js';
import type { Rule } from '../src/policy/rule.js';
import type { Claims } from '../src/tools/claims.js';
import type { Tool } from '../src/tools/tool.js';
import type { AdmittedRunsPort } from './restart-check.js';

export interface VerifierPort {
  verifyStart(workflowId: string, input: TaskInput): boolean;
  verifyMessage(workflowId: string, signal: string, message: SignedMessage): boolean;
  /** Why the decision does not count for this call of this chain of runs; undefined: it does. */
  problemOfDecision(
    workflowId: string,
    decision: Decision,
    call: Call & { readonly chain: string },
  ): string | undefined;
}

/** A call whose arguments were parsed, by a task that was let in. */
export interface CallQuestion {
  readonly tool: Tool;
  readonly args: unknown;
  /** The arguments as the model wrote them, and as a person is shown them. */
  readonly given: unknown;
  readonly authority: Authority;
  /** What has come into the conversation so far. */
  readonly labels: readonly Label[];
  readonly workspace: string;
  /** Of the task's signed start: the worker's own go first. */
  readonly rules: readonly Rule[];
}

/** What the worker's policy lets a task do. */
export interface PolicyPort {
  offered(tools: Iterable<Tool>, task: Pick<CallQuestion, 'authority' | 'rules'>): readonly Tool[];
  /** Whether credential files may be opened. */
  allowsSecrets(authority: Authority): boolean;
  judge(question: CallQuestion): Judgement & { readonly rule: string };
}

export interface ToolsPort {
  readonly all: ReadonlyMap<string, Tool>;
  /** Also by another name that it goes by. */
  find(name: string): Tool | undefined;
  /** Resolves when tools that come while the worker runs have had their time to come. */
  arrived(signal: AbortSignal): Promise<void>;
  /** Why a tool of that name is not there yet; undefined: nothing is known of one. */
  absent(name: string): string | undefined;
  spec(tool: Tool): { name: string; description: string; parameters: Record<string, unknown> };
  /** The parsed arguments, or a sentence for the model. */
  parse(tool: Tool, args: unknown): { ok: true; args: unknown } | { ok: false; problem: string };
  /** Kills what a call of a dead worker left running. */
  killLeftovers(call: string): Promise<void>;
  isAlive(owner: { pid: number; started: string }): boolean;
}

export interface MirrorWrite {
  readonly id: string;
  readonly input: TaskInput;
  readonly record: Mirrored;
  /** Milliseconds since 1970, as the server says: with the version it orders the writes. */
  readonly runStarted: number;
  readonly messages: readonly Message[];
}

export interface MirrorPort {
  /** Writes task file and checkpoint; an older state than the one on disk is dropped. Throws only what a retry may mend. */
  write(write: MirrorWrite): Promise<ExternalEdit | undefined>;
}

export interface RunningPort {
  /** Keeps the task token of a running activity on disk until `done`, so that the next worker can fail it at once. */
  note(token: Uint8Array): { done(): void };
}

/** What was decided and done, for who looks later. Never fails the work that it is about. */
export interface AuditPort {
  /** Resolves when it is on disk, or cannot be: whoever changes something waits for it before. */
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
  /** An activity named a conversation; `held`: what the cache holds then, in bytes. */
  conversation(found: boolean, held: number): void;
  /** An activity of that run has come. */
  works(run: string): void;
}

export interface ActivityDeps {
  readonly verifier: VerifierPort;
  /** `ask`: a run that was restarted from outside waits for a signed resume. `run`: every run of a signed start is admitted. */
  readonly restarts: { readonly mode: 'ask' | 'run'; readonly admitted: AdmittedRunsPort };
  /** Throws a RookeryError `bad_input` that says what is wrong with the input. */
  readonly parseInput: (input: unknown) => TaskInput;
  /** What becomes of unsigned starts. `trust`: the cluster lets in only who may. */
  readonly unsigned: 'refuse' | 'read-only' | 'trust';
  /** The worker's own workspace, for starts that name none or are not signed. */
  readonly workspace: string;
  /** The queue of this host. */
  readonly host: string;
  /** Whether the search attributes are registered. */
  readonly searchable: () => boolean;
  /** For starts that name no provider. */
  readonly defaultChoice: ModelChoice;
  readonly models: Models;
  readonly tools: ToolsPort;
  readonly policy: PolicyPort;
  readonly claims: Claims;
  readonly mirror: MirrorPort;
  readonly running: RunningPort;
  readonly metrics: MetricsPort;
  /** First delay after a provider error; it doubles up to a minute. */
  readonly backoffMs: number;
  /** Takes keys out of what leaves the process: live text, outputs of tools, replies. */
  readonly redact: (text: string) => string;
  /** A line for the model above a text of strangers that sounds like an order; undefined: it does not. */
  readonly suspect: (text: string) => string | undefined;
  readonly audit: AuditPort;
}
