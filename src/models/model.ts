/**
 * The port to a language model: one request, one reply. Its adapters are in this folder.
 * An adapter throws only `RookeryError` with a provider code, or the reason of its abort signal; it never retries.
 */
import type { AnswerSchema } from '../domain/answer-schema.js';
import type { Message, ReplyOrigin } from '../domain/conversation.js';
import type { Finish } from '../domain/finish.js';
import type { Effort, Provider, ProviderName } from '../domain/provider.js';
import type { Usage } from '../domain/task.js';
import type { ToolSpec } from '../domain/tool.js';

/** A provider and its model, as a task names them. */
export interface ModelChoice {
  readonly provider: ProviderName;
  readonly model: string;
  /** Base URL with or without `/v1`; absent: the provider's own. */
  readonly endpoint?: string;
}

export interface ModelRequest {
  readonly messages: readonly Message[];
  /** Tools on offer; may be empty. */
  readonly tools: readonly ToolSpec[];
  readonly maxOutputTokens: number;
  /** Reasoning effort; absent: the provider's default. */
  readonly effort?: Effort;
  /** What the answer must match. `due`: nothing else is wanted now, so it may be asked for without tools. */
  readonly answer?: { readonly schema: AnswerSchema; readonly due: boolean };
  /** The same for all requests of a task, whose prefixes are equal: providers cache by it. */
  readonly cacheKey?: string;
  readonly signal: AbortSignal;
  /** The text that has been generated so far, whenever there is more of it. */
  readonly onText?: (soFar: string) => void;
}

/** A tool request as the provider made it. */
export interface RequestedCall {
  readonly wire_id: string;
  readonly name: string;
  readonly args: unknown;
  /** Set when the arguments are no JSON object; `args` is then `{}`. */
  readonly problem?: string;
}

export interface Reply {
  readonly content: string;
  readonly calls: readonly RequestedCall[];
  /** With what the provider itself says that this reply cost (OpenRouter), else with what its price makes of it. */
  readonly usage: Usage;
  /** What the provider wants back with the next request; absent: nothing. */
  readonly origin?: ReplyOrigin;
  /**
   * `length`: cut at the limit of output tokens. `pause`: the provider stopped in the middle of a turn. `overflow`: the window
   * of the model was full. `other`: anything else that the provider says.
   */
  readonly finish: Finish;
  /** The model that answered: in a fallback chain not always the first. */
  readonly provider: string;
  readonly model: string;
}

export interface Model {
  ask(question: ModelRequest): Promise<Reply>;
}

/** Opens the model of a choice, with the key that this process has for it. Throws `missing_key`. */
export interface Models {
  /** `trustedEndpoint`: the endpoint came from the user's own flag, environment or config, so the key may go there. */
  open(chain: readonly ModelChoice[], trust: { readonly trustedEndpoint: boolean }): Model;
  /** @returns the model of a task that names only that provider; undefined for a name that this worker does not know */
  defaultModel(provider: string): string | undefined;
  /** @returns the tokens of its context window; undefined when they are not known */
  window(choice: ModelChoice): number | undefined;
  /** The providers that can be opened here without a missing key. */
  available(): readonly Provider[];
}
