/**
 * What the activities need from the outside, as ports: adapters are handed in, never imported. One object, made by the
 * plugin, holds them all.
 */

import type { Message } from '../src/domain/conversation.js';
import type { Found } from '../src/domain/foreign.js';
import type { Mirrored, SignedMessage, TaskInput } from '../src/domain/protocol.js';
import type { Judgement } from '../src/domain/tool.js';
import type { ModelChoice, Models } from '../src/models/model.js';
import type { Authority } from '../src/policy/judge.js';
import type { Claims } from '../src/tools/claims.js';
import type { Tool } from '../src/tools/tool.js';

export interface VerifierPort {
  verifyStart(workflowId: string, input: TaskInput): boolean;
  verifyMessage(workflowId: string, signal: string, message: SignedMessage): boolean;
}

/** What the worker's policy lets a task do. */
export interface PolicyPort {
  offered(tools: Iterable<Tool>, authority: Authority): readonly Tool[];
  /** Whether credential files may be opened. */
  allowsSecrets(authority: Authority): boolean;
  judge(question: Authority & { readonly tool: Tool }): Judgement;
}

export interface ToolsPort {
  readonly all: ReadonlyMap<string, Tool>;
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
  write(write: MirrorWrite): Promise<Found | undefined>;
}

export interface RunningPort {
  /** Keeps the task token of a running activity on disk until `done`, so that the next worker can fail it at once. */
  note(token: Uint8Array): { done(): void };
}

export interface MetricsPort {
  /** An activity named a conversation; `held`: what the cache holds then, in bytes. */
  conversation(found: boolean, held: number): void;
  /** An activity of that run has come. */
  works(run: string): void;
}

export interface ActivityDeps {
  readonly verifier: VerifierPort;
  /** Throws a RookeryError `bad_input` that says what is wrong with the input. */
  readonly parseInput: (input: unknown) => TaskInput;
  /** Unsigned starts run, within narrow limits. */
  readonly acceptUnsigned: boolean;
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
  /** Text that must not leave the process with the live text. */
  readonly redact: (text: string) => string;
}
