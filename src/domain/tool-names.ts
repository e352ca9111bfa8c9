/** The names of the tools that come with the product, what each does to the world, and other names they go by. Pure. */
import type { Effect } from './tool.js';

export const BUILTIN_EFFECTS: Readonly<Record<string, Effect>> = Object.freeze({
  read_file: 'read',
  list_files: 'read',
  search_files: 'read',
  write_file: 'write',
  edit_file: 'write',
  shell: 'execute',
  web_fetch: 'network',
  web_search: 'network',
});

/** Names of --allow that stand for no single tool: every tool that changes files, and credential files. */
export const GROUPS: readonly string[] = Object.freeze(['write', 'secrets']);

/** What the same tool is called elsewhere. */
export const ALIASES: Readonly<Record<string, string>> = Object.freeze({ shell_exec: 'shell' });

export function canonicalName(name: string): string {
  return Object.hasOwn(ALIASES, name) ? (ALIASES[name] ?? name) : name;
}

/** Undefined: no tool of ours. */
export function effectOf(name: string): Effect | undefined {
  return Object.hasOwn(BUILTIN_EFFECTS, name) ? BUILTIN_EFFECTS[name] : undefined;
}

/** `server__tool`: a tool of an MCP server. */
export function isMcpName(name: string): boolean {
  return /^[A-Za-z0-9-]+(_[A-Za-z0-9-]+)*__[A-Za-z0-9_-]+$/.test(name) && name.length <= 64;
}
