/**
 * The index of the built-in tools, in the order in which the model is told. A name is known here without loading a tool;
 * effect, limits and input are in the tool's own file.
 */
import type { HttpOptions } from '../net/http-request.js';
import type { ShellOptions } from './shell.js';
import type { Tool } from './tool.js';
import type { SearchOptions } from './web/engines.js';

export interface ToolsOptions extends ShellOptions {
  /** Which search engine there is. Default: none, and no `web_search`. */
  readonly webSearch?: SearchOptions | undefined;
  /** How the web is reached. */
  readonly fetch?: HttpOptions | undefined;
}

/** @returns undefined when the options do not provide what the tool needs */
type LoadTool = (options: ToolsOptions) => Promise<Tool | undefined>;

export const BUILTIN_TOOLS: Readonly<Record<string, LoadTool>> = Object.freeze({
  read_file: async () => (await import('./read-file.js')).readFile,
  list_files: async () => (await import('./list-files.js')).listFiles,
  search_files: async ({ env }) => (await import('./search-files.js')).createSearchFiles(env),
  write_file: async () => (await import('./write-file.js')).writeFile,
  edit_file: async () => (await import('./edit-file.js')).editFile,
  shell: async (options) => (await import('./shell.js')).createShell(options),
  shell_output: async ({ background }) =>
    background && (await import('./shell-output.js')).createShellOutput(background),
  shell_kill: async ({ background }) => background && (await import('./shell-kill.js')).createShellKill(background),
  ask_user: async () => (await import('./ask-user.js')).askUser,
  web_fetch: async ({ fetch }) => (await import('./web-fetch.js')).createWebFetch(fetch),
  web_search: async ({ webSearch, fetch }) => (await import('./web-search.js')).createWebSearch(webSearch ?? {}, fetch),
});

export function isBuiltin(name: string): boolean {
  return Object.hasOwn(BUILTIN_TOOLS, name);
}
