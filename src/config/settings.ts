/**
 * All settings with their values and origins, resolved once at the start of a command and passed on. Settings of an
 * untrusted project's file count only where they narrow the others. Checks the syntax of values only; creates no file.
 */
import { resolve } from 'node:path';
import envPaths from 'env-paths';
import { DEFAULT_LIMITS, DEFAULT_SYSTEM_PROMPT } from '../domain/limits.js';
import type { TaskInput } from '../domain/protocol.js';
import type { Effort, Provider } from '../domain/provider.js';
import type { OwnPrices } from '../models/prices/prices.js';
import type { OriginatedRule } from '../policy/rule.js';
import type { Widening } from '../sandbox/widening.js';
import { parseDollars, parseDuration } from './duration.js';
import { type ConfigFile, readProjectFile, readUserFile } from './files.js';
import { type ConfiguredMcp, mcpSetting } from './mcp-settings.js';
import { type NotifySettings, notifySetting } from './notify-settings.js';
import { sandboxSetting } from './sandbox-settings.js';
import { isGiven, mapSetting, picker, pricesOf, resolvePaths, rulesOf, type Setting } from './setting-origin.js';
import {
  type CompactionMode,
  checkAllowed,
  checkApprovalTimeout,
  checkCommandTime,
  checkCompaction,
  checkEffort,
  checkEndpoint,
  checkFallback,
  checkProvider,
  checkSearxng,
  commaList,
  countOr,
  type Fallback,
} from './setting-values.js';
import { type TemporalSettings, temporalSettings } from './temporal-settings.js';
import type { Baseline, Ignored } from './untrusted.js';
import { type WorkerFlags, type WorkerSettings, workerSettings } from './worker-settings.js';
import { type WorkspaceSettings, workspaceSettings } from './workspace-settings.js';

/** Flags as the command line gives them; absent ones were not given. */
export interface Flags extends WorkerFlags {
  readonly workdir?: string;
  readonly workspace?: string;
  readonly provider?: string;
  readonly model?: string;
  readonly endpoint?: string;
  readonly fallback?: readonly string[];
  readonly allow?: readonly string[];
  readonly tools?: readonly string[];
  readonly mcp?: readonly string[];
  readonly maxIterations?: string;
  readonly maxTotalTokens?: string;
  readonly maxOutputTokens?: string;
  readonly maxTime?: string;
  readonly maxCommandTime?: string;
  readonly maxCost?: string;
  readonly onLimit?: OnLimit;
  readonly approvalTimeout?: string;
  /** False with --no-questions. */
  readonly questions?: boolean;
  readonly effort?: string;
  readonly systemPrompt?: string;
  readonly taskQueue?: string;
  readonly codec?: string;
}

export type OnLimit = NonNullable<TaskInput['on_limit']>;

export interface Settings extends TemporalSettings, WorkerSettings, WorkspaceSettings {
  readonly workdir: Setting<string>;
  readonly provider: Setting<Provider | undefined>;
  readonly model: Setting<string | undefined>;
  readonly endpoint: Setting<string | undefined>;
  readonly fallback: Setting<readonly Fallback[]>;
  readonly allow: Setting<readonly string[]>;
  /** Milliseconds; null: no time limit; undefined: the default. */
  readonly approval_timeout: Setting<number | null | undefined>;
  readonly questions: Setting<boolean>;
  /** Absolute paths of modules with the user's tools. */
  readonly tools: Setting<readonly string[]>;
  /** By name: the flag's, else the project's, else the user's. */
  readonly mcp: Setting<readonly ConfiguredMcp[]>;
  /** The user's rules, then those of the project. */
  readonly policy: Setting<readonly OriginatedRule[]>;
  readonly effort: Setting<Effort | undefined>;
  readonly max_iterations: Setting<number>;
  readonly max_total_tokens: Setting<number>;
  readonly max_output_tokens: Setting<number>;
  readonly max_time: Setting<number | null>;
  /** Milliseconds. */
  readonly max_command_time: Setting<number>;
  /** In US dollars. */
  readonly max_cost: Setting<number | null>;
  /** What happens at a limit. Undefined: `ask` where a person can answer, else `fail`. */
  readonly on_limit: Setting<OnLimit | undefined>;
  /** The user's own prices, by `provider:model`; a trusted project's go first. */
  readonly prices: Setting<OwnPrices>;
  readonly system_prompt: Setting<string>;
  readonly text_protocol: Setting<readonly string[]>;
  /** What makes room in a long conversation. */
  readonly compaction: Setting<CompactionMode>;
  /** Tokens of the context windows of models, by `provider:model`, model or provider. */
  readonly context_windows: Setting<Readonly<Record<string, number>>>;
  readonly searxng: Setting<string | undefined>;
  readonly security: Setting<Security>;
  readonly notify: Setting<NotifySettings>;
  /** What commands in the sandbox see besides; the user's file alone. */
  readonly sandbox: Setting<Widening>;
}

/** `[security]` of a settings file. */
export interface Security {
  /** How unsigned starts are handled. */
  readonly unsigned: 'refuse' | 'read-only';
  /** The cluster authenticates clients: unsigned starts count as signed. Never on the embedded server. */
  readonly trust_cluster: boolean;
  /** Adds a warning to untrusted content with a phrase that is often used to mislead. */
  readonly phrase_warning: boolean;
  /** `off`: no sandbox, so shell commands ask. */
  readonly sandbox: 'auto' | 'off';
  /**
   * How a run made by a Reset, or by a second start of the same signed input, is handled. Default: `run` on a trusted
   * cluster, else `ask`.
   */
  readonly reset?: 'ask' | 'run' | undefined;
}

const DEFAULT_SECURITY: Security = { unsigned: 'refuse', trust_cluster: false, phrase_warning: false, sandbox: 'auto' };

export interface Places {
  readonly data: string;
  readonly config: string;
  readonly cache: string;
}

export interface Resolved {
  readonly settings: Settings;
  readonly places: Places;
  /** Settings of the project's file that are ignored, because it is not trusted. */
  readonly ignored: readonly Ignored[];
  /** Lines to print once at the start. */
  readonly notes: readonly string[];
}

export function places(): Places {
  const { data, config, cache } = envPaths('rookery', { suffix: '' });
  return { data, config, cache };
}

export async function resolveSettings(flags: Flags, env: NodeJS.ProcessEnv, cwd: string): Promise<Resolved> {
  const at = places();
  const user = await readUserFile(at.config);
  const found = await readProjectFile(cwd, at.config);
  const sources = { flags, env, cwd, at, user };
  if (found === undefined || found.trust === 'trusted')
    return { settings: await mergeSources({ ...sources, project: found }), places: at, ignored: [], notes: [] };
  const { narrowSettings } = await import('./untrusted.js');
  const { file, ignored, notes } = narrowSettings(found, baselineOf(await mergeSources(sources)));
  return { settings: await mergeSources({ ...sources, project: file }), places: at, ignored, notes };
}

// ---

interface Sources {
  readonly flags: Flags;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly at: Places;
  readonly user: ConfigFile | undefined;
  readonly project?: ConfigFile | undefined;
}

async function mergeSources({ flags, env, cwd, at, user, project }: Sources): Promise<Settings> {
  const pick = picker(project, user);
  const provider = pick(flags.provider, env.ROOKERY_PROVIDER, 'provider');
  const tools = resolvePaths(pick(flags.tools, undefined, 'tools', []), { cwd, user });
  const workdir = mapSetting(pick(flags.workdir, env.ROOKERY_WORKDIR, 'workdir', at.data), (path) =>
    resolve(cwd, path ?? at.data),
  );
  return {
    workdir,
    ...workspaceSettings({ flags, env, cwd, project, user }),
    provider: mapSetting(provider, (name) => (name === undefined ? undefined : checkProvider(name))),
    model: pick(flags.model, env.ROOKERY_MODEL, 'model'),
    endpoint: mapSetting(pick(flags.endpoint, env.ROOKERY_ENDPOINT, 'endpoint'), checkEndpoint),
    fallback: mapSetting(pick(flags.fallback, commaList(env.ROOKERY_FALLBACK), 'fallback', []), (all) =>
      (all ?? []).map(checkFallback),
    ),
    allow: mapSetting(pick(flags.allow, undefined, 'allow', []), (names) =>
      checkAllowed(names ?? [], tools.value.length > 0),
    ),
    approval_timeout: mapSetting(pick(flags.approvalTimeout, undefined, 'approval_timeout'), checkApprovalTimeout),
    // The parser of the command line gives true where the flag is absent.
    questions: pick(flags.questions === false ? false : undefined, undefined, 'questions', true) as Setting<boolean>,
    tools,
    mcp: await mcpSetting(flags.mcp ?? [], { project, user, cwd }),
    policy: rulesOf(project, user),
    effort: mapSetting(pick(flags.effort, env.ROOKERY_EFFORT, 'effort'), checkEffort),
    max_iterations: mapSetting(
      pick(flags.maxIterations, env.ROOKERY_MAX_ITERATIONS, 'max_iterations'),
      countOr('--max-iterations', DEFAULT_LIMITS.max_iterations),
    ),
    max_total_tokens: mapSetting(
      pick(flags.maxTotalTokens, undefined, 'max_total_tokens'),
      countOr('--max-total-tokens', DEFAULT_LIMITS.max_total_tokens),
    ),
    max_output_tokens: mapSetting(
      pick(flags.maxOutputTokens, undefined, 'max_output_tokens'),
      countOr('--max-output-tokens', DEFAULT_LIMITS.max_output_tokens),
    ),
    max_time: mapSetting(pick(flags.maxTime, undefined, 'max_time'), (text) =>
      text === undefined ? null : parseDuration(String(text), '--max-time'),
    ),
    max_command_time: mapSetting(pick(flags.maxCommandTime, undefined, 'max_command_time'), checkCommandTime),
    max_cost: mapSetting(pick(flags.maxCost, undefined, 'max_cost'), (amount) =>
      amount === undefined ? null : parseDollars(String(amount), '--max-cost'),
    ),
    on_limit: pick(flags.onLimit, undefined, 'on_limit'),
    prices: pricesOf(project, user),
    system_prompt: mapSetting(
      pick(flags.systemPrompt, env.ROOKERY_SYSTEM_PROMPT, 'system_prompt', DEFAULT_SYSTEM_PROMPT),
      (text) => text ?? DEFAULT_SYSTEM_PROMPT,
    ),
    text_protocol: mapSetting(
      pick(undefined, commaList(env.ROOKERY_TEXT_PROTOCOL), 'text_protocol', []),
      (names) => names ?? [],
    ),
    compaction: mapSetting(pick(undefined, env.ROOKERY_COMPACTION, 'compaction', 'model'), checkCompaction),
    context_windows: mapSetting(pick(undefined, undefined, 'context_windows', {}), (windows) => windows ?? {}),
    searxng: mapSetting(pick(undefined, tableOf('searxng', env.ROOKERY_SEARXNG_URL), 'web_search'), checkSearxng),
    ...temporalSettings({ flags, env, cwd, project, user }),
    ...workerSettings({ flags, env, project, user }),
    notify: notifySetting(project, user),
    sandbox: await sandboxSetting({ project, user, own: [workdir.value, at.config, at.data, at.cache] }),
    security: mapSetting(pick(undefined, undefined, 'security', {}), (given) => ({ ...DEFAULT_SECURITY, ...given })),
  };
}

/** The values that an untrusted project's file can only narrow. */
function baselineOf({ workspace, max_time, max_cost, ...settings }: Settings): Baseline {
  const counts = (['max_iterations', 'max_total_tokens', 'max_output_tokens', 'max_command_time'] as const).map(
    (name) => {
      return [name, settings[name].value] as const;
    },
  );
  const unbounded = (limit: number | null): number => limit ?? Number.POSITIVE_INFINITY;
  const limits = {
    ...Object.fromEntries(counts),
    max_time: unbounded(max_time.value),
    max_cost: unbounded(max_cost.value),
  };
  return { workspace: workspace.value, limits };
}

function tableOf<K extends string>(name: K, value: string | undefined): Partial<Record<K, string>> | undefined {
  return isGiven(value) ? ({ [name]: value } as Record<K, string>) : undefined;
}
