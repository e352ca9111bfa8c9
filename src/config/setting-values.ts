/** Parses and checks the value of one setting, wherever it came from. Each refusal names what was given. */
import { RookeryError } from '../domain/errors.js';
import { DEFAULT_LIMITS, FIXED, MAX_APPROVAL_MS } from '../domain/limits.js';
import { EFFORTS, type Effort, PROVIDER_NAMES, type Provider } from '../domain/provider.js';
import { checkAllow } from '../policy/allow.js';
import { BUILTIN_TOOLS } from '../tools/builtin-tools.js';
import { parseCount, parseDuration } from './duration.js';

export interface Fallback {
  readonly provider: Provider;
  readonly model: string;
}

export function countOr(name: string, fallback: number) {
  return (value: string | number | undefined): number =>
    value === undefined ? fallback : parseCount(String(value), name);
}

/** @returns milliseconds */
export function checkCommandTime(text: string | undefined): number {
  const millis = text === undefined ? DEFAULT_LIMITS.max_command_ms : parseDuration(text, '--max-command-time');
  if (millis >= 1_000 && millis <= FIXED.longestCommandMs) return millis;
  throw new RookeryError('usage', `--max-command-time takes 1s to 24h, not '${text}'`);
}

export function commaList(text: string | undefined): readonly string[] | undefined {
  return text === undefined || text === '' ? undefined : text.split(',').map((part) => part.trim());
}

export function checkProvider(name: string): Provider {
  const known = PROVIDER_NAMES.find((provider) => provider === name);
  if (known) return known;
  throw new RookeryError('usage', `There is no provider '${name}'`, {
    hint: `Providers: ${PROVIDER_NAMES.join(', ')}`,
  });
}

export function checkFallback(text: string): Fallback {
  const at = text.indexOf(':');
  if (at > 0 && at < text.length - 1) return { provider: checkProvider(text.slice(0, at)), model: text.slice(at + 1) };
  throw new RookeryError('usage', `--fallback takes provider:model, not '${text}'`);
}

/** `model`: summaries of the model; `notices`: notices in the place of old outputs. */
export type CompactionMode = 'model' | 'notices';

export function checkCompaction(value = 'model'): CompactionMode {
  if (value === 'model' || value === 'notices') return value;
  throw new RookeryError('usage', `compaction is 'model' or 'notices', not '${value}'`);
}

export function checkEffort(given: string | number | undefined): Effort | undefined {
  const text = given === undefined ? undefined : String(given);
  const known = EFFORTS.find((effort) => effort === text);
  if (known !== undefined || text === undefined) return known;
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new RookeryError('usage', `--effort takes ${EFFORTS.join(', ')} or a number of tokens, not '${text}'`);
}

/** @returns milliseconds; null for `none` */
export function checkApprovalTimeout(text: string | undefined): number | null | undefined {
  if (text === undefined) return undefined;
  if (text.trim() === 'none') return null;
  const millis = parseDuration(text, '--approval-timeout');
  if (millis >= 1_000 && millis <= MAX_APPROVAL_MS) return millis;
  throw new RookeryError('usage', `--approval-timeout takes 1s to 366d, not '${text}'`, {
    hint: 'Write none for no time limit',
  });
}

export function checkEndpoint(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && (url.protocol === 'http:' || url.protocol === 'https:')) return text;
  throw new RookeryError('usage', `--endpoint takes an http or https address, not '${text}'`);
}

/** `rookery config` shows it, so it holds no secret. */
export function checkSearxng(setting: { readonly searxng?: string | undefined } | undefined): string | undefined {
  const text = setting?.searxng || undefined;
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const bare = url && !url.username && !url.password && !url.search && !url.hash;
  if (bare && /^https?:$/.test(url.protocol)) return text;
  throw new RookeryError('usage', 'The address of SearXNG is not a plain http or https URL', {
    hint: 'Give one without user name and query, such as http://127.0.0.1:8888',
  });
}

/** With user tools any name is accepted: their names are known only by running their code. */
export function checkAllowed(names: readonly string[], hasUserTools: boolean): string[] {
  return checkAllow(names, [...Object.keys(BUILTIN_TOOLS), ...(hasUserTools ? names : [])]);
}
