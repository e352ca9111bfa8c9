/**
 * A call as a person writes it to ask what the policy says: `shell: git push`, `write_file: src/a.ts`,
 * `web_fetch: https://example.com/x`, or a tool's name and its arguments as JSON.
 */
import { RookeryError } from '../domain/errors.js';
import { canonicalName, type Effect, type Touches } from '../domain/tool.js';
import type { Judged } from './rule.js';

export interface WrittenCall {
  readonly tool: Judged;
  readonly touches: Touches;
  /** Only of a call that was written as JSON. */
  readonly args?: unknown;
}

/** Throws RookeryError `usage` for a text that is not a call. A tool that is not in `tools` counts as one of the network. */
export function parseCallText(text: string, tools: ReadonlyMap<string, Judged>): WrittenCall {
  const match = /^\s*([A-Za-z0-9_-]{1,64})\s*(?::\s*([\s\S]+)|(\{[\s\S]*\}))\s*$/.exec(text);
  if (!match) throw notACall(text);
  const [, name = '', plain, json] = match;
  const tool: Judged = tools.get(canonicalName(name)) ?? { name: canonicalName(name), effect: 'network' };
  if (json === undefined) return { tool, touches: fromPlain(tool, plain ?? '') };
  const args = objectIn(json);
  return { tool, touches: fromJson(tool, args), args };
}

// ---

function fromPlain({ name, effect }: Judged, text: string): Touches {
  const argument = text.trim();
  if (effect === 'execute') return { command: argument };
  if (effect === 'network') return name === 'web_search' ? {} : { hosts: [hostOf(argument)] };
  return { paths: [argument] };
}

function fromJson({ effect }: Judged, args: Record<string, unknown>): Touches {
  const texts = (keys: readonly string[]): string[] =>
    keys
      .flatMap((key) => (Object.hasOwn(args, key) ? [args[key]].flat() : []))
      .filter((one) => typeof one === 'string');
  const touches: Record<Effect, () => Touches> = {
    read: () => ({ paths: orWorkspace(texts(PATHS)) }),
    write: () => ({ paths: texts(PATHS) }),
    execute: () => ({ command: texts(['command'])[0] ?? '', network: texts(['network']) }),
    network: () => ({ hosts: texts(URLS).map(hostOf) }),
  };
  return touches[effect]();
}

const PATHS = ['path', 'file_path', 'file', 'paths'];
const URLS = ['url', 'urls'];

function orWorkspace(paths: readonly string[]): readonly string[] {
  return paths.length > 0 ? paths : ['.'];
}

function objectIn(json: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch (error) {
    throw new RookeryError('usage', 'The arguments of the call are not a JSON object', { cause: error });
  }
  throw new RookeryError('usage', 'The arguments of the call are not a JSON object');
}

function hostOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.hostname) return url.hostname.replace(/^\[|\]$/g, '');
  if (/^[A-Za-z0-9.-]+$/.test(text)) return text.toLowerCase();
  throw new RookeryError('usage', `There is no host in '${text}'`, { hint: 'Write a URL, as https://example.com/x' });
}

function notACall(text: string): RookeryError {
  return new RookeryError('usage', `'${text.slice(0, 80)}' is not a call`, {
    hint: 'Write `shell: git push`, `write_file: src/a.ts`, `web_fetch: https://example.com/x` or `tool {"json":"args"}`',
  });
}
