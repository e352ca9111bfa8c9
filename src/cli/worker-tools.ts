/**
 * Extra tools of a worker: MCP servers and modules with the user's tools. Kept in its state file, so that a command
 * that needs others can restart it with both. Holds names of variables, never their values.
 */
import { type ConfiguredMcp, toFlag } from '../config/mcp-settings.js';
import type { Settings } from '../config/settings.js';
import { canonical } from '../domain/canonical-json.js';
import { variablesOf } from '../domain/mcp.js';

export interface Extras {
  readonly mcp: readonly ConfiguredMcp[];
  /** Absolute paths. */
  readonly tools: readonly string[];
}

export const NO_EXTRAS: Extras = { mcp: [], tools: [] };

export function extrasOf({ mcp, tools }: Pick<Settings, 'mcp' | 'tools'>): Extras {
  return { mcp: mcp.value, tools: tools.value };
}

/** From a state file, which an older version may have written. */
export function readExtras(value: unknown): Extras {
  const { mcp, tools } = Object(value) as Record<string, unknown>;
  return Array.isArray(mcp) && Array.isArray(tools) ? { mcp, tools } : NO_EXTRAS;
}

export function lacksExtras(has: Extras, wanted: Extras): boolean {
  const servers = new Set(has.mcp.map(fingerprint));
  return (
    wanted.mcp.some((one) => !servers.has(fingerprint(one))) || wanted.tools.some((one) => !has.tools.includes(one))
  );
}

/** Of two servers with the same name, the wanted one is kept. */
export function mergeExtras(has: Extras, wanted: Extras): Extras {
  const servers = new Map([...has.mcp, ...wanted.mcp].map((one) => [one.name, one]));
  return { mcp: [...servers.values()], tools: [...new Set([...has.tools, ...wanted.tools])] };
}

/** The worker reads the user's file itself, but not the project's file. */
export function flagsOf({ mcp, tools }: Extras): string[] {
  const servers = mcp.filter(({ origin }) => origin !== 'user file');
  return [...servers.flatMap((one) => ['--mcp', toFlag(one)]), ...tools.flatMap((path) => ['--tools', path])];
}

/** Environment variables that a worker needs for them. */
export function variablesFor({ mcp }: Extras): string[] {
  return mcp.flatMap(variablesOf);
}

// ---

function fingerprint({ origin: _, ...server }: ConfiguredMcp): string {
  return canonical(server);
}
