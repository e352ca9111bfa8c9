/**
 * Every setting, its value and where it came from: flag > environment > project's file > user's file > default.
 * Resolved once and passed on; nothing else reads them, nor the process environment. Checks syntax only; creates no
 * file.
 */
import { dirname, resolve } from 'node:path';
import envPaths from 'env-paths';
import { RookeryError } from '../domain/errors.js';
import { DEFAULT_LIMITS, DEFAULT_SYSTEM_PROMPT } from '../domain/limits.js';
import { PROVIDER_NAMES, type Provider } from '../domain/provider.js';
import type { OwnPrices } from '../models/prices.js';
import { checkAllow } from '../policy/allow.js';
import { type OriginatedRule, originate } from '../policy/rule.js';
import { BUILTIN_TOOLS } from '../tools/builtin-tools.js';
import { parseCount, parseDollars, parseDuration } from './duration.js';
import { type ConfigFile, readProjectFile, readUserFile } from './files.js';
import { type ConfiguredMcp, mcpSetting } from './mcp-settings.js';
import type { Ignored, InForce } from './untrusted.js';

export type Origin = 'flag' | 'environment' | 'project file' | 'user file' | 'default';

export interface Setting<T> {
  readonly value: T;
  readonly origin: Origin;
}

/** Flags as the command line gives them; absent ones were not given. */
export interface Flags {
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
  readonly maxCost?: string;
  readonly systemPrompt?: string;
}

export interface Fallback {
  readonly provider: Provider;
  readonly model: string;
}

export interface Settings {
  readonly workdir: Setting<string>;
  readonly workspace: Setting<string>;
  readonly provider: Setting<Provider | undefined>;
  readonly model: Setting<string | undefined>;
  readonly endpoint: Setting<string | undefined>;
  readonly fallback: Setting<readonly Fallback[]>;
  readonly allow: Setting<readonly string[]>;
  /** Absolute paths of modules with the user's tools. */
  readonly tools: Setting<readonly string[]>;
  /** By name: the flag's, else the project's, else the user's. */
  readonly mcp: Setting<readonly ConfiguredMcp[]>;
  /** The user's rules, then those of the project. */
  readonly policy: Setting<readonly OriginatedRule[]>;
  readonly max_iterations: Setting<number>;
  readonly max_total_tokens: Setting<number>;
  readonly max_output_tokens: Setting<number>;
  readonly max_time: Setting<number | null>;
  /** In US dollars. */
  readonly max_cost: Setting<number | null>;
  /** The user's own prices, by `provider:model`; a trusted project's go first. */
  readonly prices: Setting<OwnPrices>;
  readonly system_prompt: Setting<string>;
  readonly text_protocol: Setting<readonly string[]>;
  readonly searxng: Setting<string | undefined>;
  readonly security: Setting<Security>;
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
    return { settings: await settle({ ...sources, project: found }), places: at, ignored: [], notes: [] };
  const { admit } = await import('./untrusted.js');
  const { file, ignored, notes } = admit(found, inForceOf(await settle(sources)));
  return { settings: await settle({ ...sources, project: file }), places: at, ignored, notes };
}

// ---

type Name = keyof ConfigFile['settings'];
type Raw<K extends Name> = ConfigFile['settings'][K];

interface Sources {
  readonly flags: Flags;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly at: Places;
  readonly user: ConfigFile | undefined;
  readonly project?: ConfigFile | undefined;
}

async function settle({ flags, env, cwd, at, user, project }: Sources): Promise<Settings> {
  const pick = picker(project, user);
  const provider = pick(flags.provider, env.ROOKERY_PROVIDER, 'provider');
  const tools = fromWhereNamed(pick(flags.tools, undefined, 'tools', []), { cwd, user });
  return {
    workdir: map(pick(flags.workdir, env.ROOKERY_WORKDIR, 'workdir', at.data), (path) => resolve(cwd, path ?? at.data)),
    workspace: map(pick(flags.workspace, env.ROOKERY_WORKSPACE, 'workspace', cwd), (path) => resolve(cwd, path ?? cwd)),
    provider: map(provider, (name) => (name === undefined ? undefined : checkProvider(name))),
    model: pick(flags.model, env.ROOKERY_MODEL, 'model'),
    endpoint: map(pick(flags.endpoint, env.ROOKERY_ENDPOINT, 'endpoint'), checkEndpoint),
    fallback: map(pick(flags.fallback, list(env.ROOKERY_FALLBACK), 'fallback', []), (all) =>
      (all ?? []).map(checkFallback),
    ),
    allow: map(pick(flags.allow, undefined, 'allow', []), (names) => allowed(names ?? [], tools.value.length > 0)),
    tools,
    mcp: await mcpSetting(flags.mcp ?? [], { project, user, cwd }),
    policy: rulesOf(project, user),
    max_iterations: map(
      pick(flags.maxIterations, env.ROOKERY_MAX_ITERATIONS, 'max_iterations'),
      number('--max-iterations', DEFAULT_LIMITS.max_iterations),
    ),
    max_total_tokens: map(
      pick(flags.maxTotalTokens, undefined, 'max_total_tokens'),
      number('--max-total-tokens', DEFAULT_LIMITS.max_total_tokens),
    ),
    max_output_tokens: map(
      pick(flags.maxOutputTokens, undefined, 'max_output_tokens'),
      number('--max-output-tokens', DEFAULT_LIMITS.max_output_tokens),
    ),
    max_time: map(pick(flags.maxTime, undefined, 'max_time'), (text) =>
      text === undefined ? null : parseDuration(String(text), '--max-time'),
    ),
    max_cost: map(pick(flags.maxCost, undefined, 'max_cost'), (given) =>
      given === undefined ? null : parseDollars(String(given), '--max-cost'),
    ),
    prices: pricesOf(project, user),
    system_prompt: map(
      pick(flags.systemPrompt, env.ROOKERY_SYSTEM_PROMPT, 'system_prompt', DEFAULT_SYSTEM_PROMPT),
      (text) => text ?? DEFAULT_SYSTEM_PROMPT,
    ),
    text_protocol: map(pick(undefined, list(env.ROOKERY_TEXT_PROTOCOL), 'text_protocol', []), (names) => names ?? []),
    searxng: map(pick(undefined, table('searxng', env.ROOKERY_SEARXNG_URL), 'web_search'), checkSearxng),
    security: map(pick(undefined, undefined, 'security', {}), (given) => ({ ...DEFAULT_SECURITY, ...given })),
  };
}

/** The values that an untrusted project's file can only narrow. */
function inForceOf({ workspace, max_time, max_cost, ...settings }: Settings): InForce {
  const counts = (['max_iterations', 'max_total_tokens', 'max_output_tokens'] as const).map((name) => {
    return [name, settings[name].value] as const;
  });
  const unbounded = (limit: number | null): number => limit ?? Number.POSITIVE_INFINITY;
  const limits = {
    ...Object.fromEntries(counts),
    max_time: unbounded(max_time.value),
    max_cost: unbounded(max_cost.value),
  };
  return { workspace: workspace.value, limits };
}

/** Empty text counts as absent, such as `ROOKERY_MODEL=`. */
function given<T>(value: T | undefined): value is T {
  return value !== undefined && value !== ('' as unknown);
}

function picker(project: ConfigFile | undefined, user: ConfigFile | undefined) {
  return <K extends Name, F>(flag: F | undefined, env: F | undefined, name: K, fallback?: F | Raw<K>) => {
    const tries: [Origin, F | Raw<K> | undefined][] = [
      ['flag', flag],
      ['environment', env],
      ['project file', project?.settings[name]],
      ['user file', user?.settings[name]],
    ];
    const [origin, value] = tries.find(([, candidate]) => given(candidate)) ?? (['default', fallback] as const);
    return { value, origin } as Setting<(F & Raw<K>) | undefined>;
  };
}

/** Merges the files: a project's rules follow those of the user. */
function rulesOf(project: ConfigFile | undefined, user: ConfigFile | undefined): Setting<readonly OriginatedRule[]> {
  const own = originate(user?.settings.policy?.rules ?? [], 'user file');
  const theirs = originate(project?.settings.policy?.rules ?? [], 'project file');
  const origin = theirs.length > 0 ? 'project file' : own.length > 0 ? 'user file' : 'default';
  return { value: [...own, ...theirs], origin };
}

function pricesOf(project: ConfigFile | undefined, user: ConfigFile | undefined): Setting<OwnPrices> {
  const [own, theirs] = [user?.settings.prices, project?.settings.prices];
  return { value: { ...own, ...theirs }, origin: theirs ? 'project file' : own ? 'user file' : 'default' };
}

/** With user tools any name is accepted: their names are known only by running their code. */
function allowed(names: readonly string[], ownTools: boolean): string[] {
  return checkAllow(names, [...Object.keys(BUILTIN_TOOLS), ...(ownTools ? names : [])]);
}

/** Resolves paths relative to the file that holds them; the project's file is in the current directory. */
function fromWhereNamed(
  { value, origin }: Setting<readonly string[] | undefined>,
  { cwd, user }: { readonly cwd: string; readonly user: ConfigFile | undefined },
): Setting<readonly string[]> {
  const base = origin === 'user file' && user ? dirname(user.path) : cwd;
  return { value: (value ?? []).map((path) => resolve(base, path)), origin };
}

function map<A, B>({ value, origin }: Setting<A>, change: (value: A) => B): Setting<B> {
  return { value: change(value), origin };
}

function number(name: string, fallback: number) {
  return (value: string | number | undefined): number =>
    value === undefined ? fallback : parseCount(String(value), name);
}

function list(text: string | undefined): readonly string[] | undefined {
  return text === undefined || text === '' ? undefined : text.split(',').map((part) => part.trim());
}

function table<K extends string>(name: K, value: string | undefined): Partial<Record<K, string>> | undefined {
  return given(value) ? ({ [name]: value } as Record<K, string>) : undefined;
}

export function checkProvider(name: string): Provider {
  const known = PROVIDER_NAMES.find((provider) => provider === name);
  if (known) return known;
  throw new RookeryError('usage', `There is no provider '${name}'`, {
    hint: `Providers: ${PROVIDER_NAMES.join(', ')}`,
  });
}

function checkFallback(text: string): Fallback {
  const at = text.indexOf(':');
  if (at > 0 && at < text.length - 1) return { provider: checkProvider(text.slice(0, at)), model: text.slice(at + 1) };
  throw new RookeryError('usage', `--fallback takes provider:model, not '${text}'`);
}

function checkEndpoint(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && (url.protocol === 'http:' || url.protocol === 'https:')) return text;
  throw new RookeryError('usage', `--endpoint takes an http or https address, not '${text}'`);
}

/** `rookery config` shows it, so it holds no secret. */
function checkSearxng(setting: { readonly searxng?: string | undefined } | undefined): string | undefined {
  const text = setting?.searxng || undefined;
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const bare = url && !url.username && !url.password && !url.search && !url.hash;
  if (bare && /^https?:$/.test(url.protocol)) return text;
  throw new RookeryError('usage', 'The address of SearXNG is no plain http or https URL', {
    hint: 'Give one without user name and query, such as http://127.0.0.1:8888',
  });
}
