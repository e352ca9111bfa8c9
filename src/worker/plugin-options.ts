/**
 * The options of the plugin, and the secrets that must never leave a worker: keys of providers and search engines, and
 * the values passed to MCP servers.
 */
import { type McpServer, variablesOf } from '../domain/mcp.js';
import type { WorkEvent } from '../domain/work-event.js';
import type { Mirror } from '../mirror/additional-mirror.js';
import { secretsIn } from '../models/connection.js';
import { keyRingOf, type ModelSettings } from '../models/create-models.js';
import type { ModelChoice } from '../models/model.js';
import type { Notifier, NotifyOptions } from '../notify/options.js';
import type { PolicyFunction } from '../policy/policy-function.js';
import type { OriginatedRule } from '../policy/rule.js';
import type { Widening } from '../sandbox/widening.js';
import type { Tool } from '../tools/tool.js';
import type { SearchOptions } from '../tools/web/engines.js';

/** How the work in a git workspace reaches other hosts. */
export interface ShipOptions {
  /** A directory that the hosts share. Holds file contents of the workspaces, with the mode 0600. */
  readonly directory: string;
  /** Of the history and the work of one task together; a larger workspace is reported and not shipped. Default: 200 MB. */
  readonly maxBytes?: number;
}

export interface BackgroundTasksOptions {
  /** Directory of files, claims and the signing key; created if missing. */
  readonly workdir: string;
  /** Where file tools and commands work for tasks that name no workspace. Default: `workdir`/workspace. */
  readonly workspace?: string;
  /**
   * Every host of the task queue has the same workspaces, under the same paths: a task whose host is lost continues on
   * another one, also when it has changed files. Default: false.
   */
  readonly sharedWorkspace?: boolean;
  /**
   * Ships what is committed, changed and untracked in the git workspace of a task as a bundle, after each write of its
   * files, so that another host can continue from it. Default: nothing is shipped.
   */
  readonly shipWorkspace?: ShipOptions;
  /** Keys and endpoints. Default: no keys, so only `demo`, `ollama` and `litellm` run. */
  readonly models?: ModelSettings;
  /**
   * For starts that name no provider. Default: the provider of the only key in `models`, with its default model; with
   * several keys such starts are refused, with none the worker is. The demo model is used only where it is named.
   */
  readonly defaultChoice?: ModelChoice;
  /** Default: `signing.key` in the work directory, created if missing; the same on every host of a cluster. */
  readonly signingKeyFile?: string;
  /**
   * How unsigned starts are handled: `read-only` runs them with tools that only read and at most 10 iterations. `trust`
   * gives them the authority of signed ones: only for a cluster that authenticates all clients. Default: `refuse`.
   */
  readonly unsigned?: 'refuse' | 'read-only' | 'trust';
  /**
   * How a run is handled that a Reset, or a second start with the same signed input, made of a task that had already
   * begun: `ask` keeps it waiting for a signed `resume`; `run` runs it, for a cluster where only authorised people can
   * reset. Default: `ask`.
   */
  readonly reset?: 'ask' | 'run';
  /**
   * Types of your workflows that may start tasks as their children, or run one themselves (`runAgent`): the worker signs
   * for them. Every client that can start such a workflow decides what it hands on, so name only types whose arguments
   * may do that. Default: none.
   */
  readonly trustedParents?: readonly string[];
  /** Rules that precede everything except the hard limits; see `rookery policy`. Default: none. */
  readonly policy?: readonly OriginatedRule[];
  /**
   * A policy as a function: asked for each call after the hard limits and before the rules. Default: none, and the rules
   * decide.
   */
  readonly policyFunction?: PolicyFunction;
  /**
   * `off`: shell commands never run in a sandbox, so they need approval. Default: a sandbox where this host has one.
   */
  readonly sandbox?: 'auto' | 'off';
  /**
   * What commands in the sandbox see besides the workspace and toolchains: absolute paths to read and to write, names of
   * variables. They are used as given; `[sandbox]` of a settings file is checked. Default: nothing.
   */
  readonly sandboxView?: Widening;
  /** Additional tools, made by `defineTool`. Default: none. */
  readonly tools?: readonly Tool[];
  /** MCP servers whose tools the tasks may use; they run while the worker does. Default: none. */
  readonly mcp?: readonly McpServer[];
  /** Gets the states of tasks too, each after the files have it. Default: none. */
  readonly mirror?: Mirror;
  /**
   * Is told when a task is done, has failed, waits for a person, stalls or nears a limit: each event once, also after the
   * death of the worker, unless it throws or takes more than 30 s: then again. Default: none.
   */
  readonly notifier?: Notifier;
  /** Channels that tell the same: a command, a webhook, the desktop; and of which events. Default: none. */
  readonly notify?: NotifyOptions;
  /** The search engine of `web_search`. Default: none, and there is no such tool. */
  readonly webSearch?: SearchOptions;
  /**
   * What makes room when a conversation nears what the model takes: `model` asks it for a summary of the oldest replies,
   * an iteration of its own; `notices` puts notices in the place of old outputs, then removes old replies. Default: `model`.
   */
  readonly compaction?: 'model' | 'notices';
  /** Adds a warning to untrusted content that holds a phrase often used to mislead. Default: false. */
  readonly phraseWarning?: boolean;
  /** The user's config directory: no tool touches it, and it holds a copy of the audit log's head. Default: none. */
  readonly configDirectory?: string;
  /** The environment from which shell commands may inherit a few harmless variables. Default: none. */
  readonly env?: NodeJS.ProcessEnv;
  /** First delay after a provider error, in milliseconds. Default: 1,000. */
  readonly backoffMs?: number;
  /** Receives log lines about recovery; `about`: the task that a line is about. Default: none. */
  readonly announce?: (line: string, about?: { readonly task: string }) => void;
  /** Receives what the worker does for tasks: names and counts, no content. Default: none. */
  readonly observe?: (event: WorkEvent) => void;
  /**
   * Whether spans carry messages, arguments and outputs, with keys removed. Spans are made when the program has registered
   * a tracer provider of OpenTelemetry. Default: false.
   */
  readonly traceContent?: boolean;
}

export function secretsOf({ models, webSearch, notify, mcp = [], env = {} }: BackgroundTasksOptions): string[] {
  const all = [
    ...(models ? secretsIn(keyRingOf(models)) : []),
    webSearch?.braveKey,
    webSearch?.tavilyKey,
    notify?.webhook?.secret,
  ];
  // `Bearer` and the like precede the secret.
  const given = mcp
    .flatMap(variablesOf)
    .flatMap((name) => (HARMLESS.test(name) ? [] : [env[name], env[name]?.split(' ').at(-1)]));
  return [...all, ...given].filter((secret) => secret !== undefined);
}

// ---

/** They hold locations and occur in innocent texts. */
const HARMLESS = /^(PATH|HOME|USER|LOGNAME|LANG|LC_[A-Z]+|TERM|TMPDIR|TZ|SHELL|PWD|XDG_[A-Z_]+|DISPLAY)$/;
