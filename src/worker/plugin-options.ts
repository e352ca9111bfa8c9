/** What a plugin may be given. */
import { type McpServer, variablesOf } from '../domain/mcp.js';
import type { ModelSettings } from '../models/create-models.js';
import type { ModelChoice } from '../models/model.js';
import type { OriginatedRule } from '../policy/rule.js';
import type { Tool } from '../tools/tool.js';
import type { SearchOptions } from '../tools/web/engines.js';

export interface BackgroundTasksOptions {
  /** Where files, claims and the signing key lie; made if missing. */
  readonly workdir: string;
  /** Where file tools and commands work for tasks that name no workspace. Default: `workdir`/workspace. */
  readonly workspace?: string;
  /** Keys and endpoints. Default: no keys, so only `demo`, `ollama` and `litellm` run. */
  readonly models?: ModelSettings;
  /** For starts that name no provider. Default: the demo model. */
  readonly defaultChoice?: ModelChoice;
  /** Default: `signing.key` in the work directory, made if missing; the same on every host of a cluster. */
  readonly signingKeyFile?: string;
  /**
   * What becomes of unsigned starts: `read-only` runs them with tools that only read and at most 10 iterations. `trust` gives
   * them the authority of signed ones: only for a cluster that authenticates everybody. Default: `refuse`.
   */
  readonly unsigned?: 'refuse' | 'read-only' | 'trust';
  /**
   * What becomes of a run that a Reset, or a second start with the same signed input, made of a task that has begun before:
   * `ask` keeps it waiting for a signed `resume`; `run` runs it, for a cluster where only authorised people can reset. Default:
   * `ask`.
   */
  readonly reset?: 'ask' | 'run';
  /** Rules that go before everything but the fences; see `rookery policy`. Default: none. */
  readonly policy?: readonly OriginatedRule[];
  /** `off`: shell commands never run in a sandbox, so they ask. Default: one where this host has it. */
  readonly sandbox?: 'auto' | 'off';
  /** Tools of one's own, made by `defineTool`. Default: none. */
  readonly tools?: readonly Tool[];
  /** MCP servers whose tools the tasks may have; they run while the worker does. Default: none. */
  readonly mcp?: readonly McpServer[];
  /** What `web_search` asks. Default: nothing, and there is no such tool. */
  readonly webSearch?: SearchOptions;
  /** Texts of strangers that hold a phrase often used to mislead get a warning. Default: false. */
  readonly phraseWarning?: boolean;
  /** The user's config directory: no tool touches it, and a copy of the audit log's head lies there. Default: none. */
  readonly configDirectory?: string;
  /** What shell commands may inherit a few harmless variables from. Default: nothing. */
  readonly env?: NodeJS.ProcessEnv;
  /** First delay after a provider error, in milliseconds. Default: 1,000. */
  readonly backoffMs?: number;
  /** Where lines about recovery go. Default: nowhere. */
  readonly announce?: (line: string) => void;
}

export function secretsOf({ models, webSearch, mcp = [], env = {} }: BackgroundTasksOptions): string[] {
  const all = [...Object.values(models?.keys ?? {}), models?.overrideKey, webSearch?.braveKey, webSearch?.tavilyKey];
  // `Bearer` and the like stand before what must not be told.
  const given = mcp
    .flatMap(variablesOf)
    .flatMap((name) => (HARMLESS.test(name) ? [] : [env[name], env[name]?.split(' ').at(-1)]));
  return [...all, ...given].filter((secret) => secret !== undefined);
}

// ---

/** They say where things are, and stand in innocent texts. */
const HARMLESS = /^(PATH|HOME|USER|LOGNAME|LANG|LC_[A-Z]+|TERM|TMPDIR|TZ|SHELL|PWD|XDG_[A-Z_]+|DISPLAY)$/;
