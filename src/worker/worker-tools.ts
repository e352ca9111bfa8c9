/** The tools of a worker: those of the product, confined where this host has a sandbox, and those of its user. */

import { unlessAborted } from '../domain/abort.js';
import { RookeryError } from '../domain/errors.js';
import type { Mcp, McpOptions } from '../mcp/create-mcp.js';
import type { Paths } from '../mirror/paths.js';
import { readsOnly } from '../policy/shell/read-only-commands.js';
import { sandboxFor } from '../sandbox/detect.js';
import { createTools } from '../tools/catalogue.js';
import { guarded } from '../tools/guarded.js';
import type { Tool } from '../tools/tool.js';
import type { BackgroundTasksOptions } from './plugin-options.js';

export interface WorkerTools {
  readonly tools: LiveTools;
  /** Shell commands run in a sandbox. */
  readonly sandboxed: boolean;
}

export async function toolsOf(settings: BackgroundTasksOptions, paths: Paths): Promise<WorkerTools> {
  const found = await sandboxFor(paths, settings.sandbox ?? 'auto');
  const sandbox = found.kind === 'available' ? { sandbox: found.sandbox } : {};
  const tools = new Map(createTools({ env: settings.env ?? {}, webSearch: settings.webSearch, readsOnly, ...sandbox }));
  for (const tool of settings.tools ?? []) {
    if (tools.has(tool.name)) throw new RookeryError('usage', `There are two tools named '${tool.name}'`);
    tools.set(tool.name, guarded(tool));
  }
  const { mcp = [], env = {}, announce = () => undefined } = settings;
  const servers = { servers: mcp, workdir: paths.workdir, env, announce, sandbox: sandbox.sandbox };
  return { tools: liveTools(tools, servers), sandboxed: found.kind === 'available' };
}

export interface LiveTools {
  /** By name. The same map as before while nothing has changed. */
  all(): ReadonlyMap<string, Tool>;
  /** When the servers have had their time to answer; at once where there are none. */
  arrived(signal: AbortSignal): Promise<void>;
  /** Why a tool of that name is not there, where its server has not answered. */
  absent(name: string): string | undefined;
  /** Starts the servers: only where tasks run. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

export function liveTools(fixed: ReadonlyMap<string, Tool>, servers: McpOptions): LiveTools {
  let mcp: Mcp | undefined;
  let known: { readonly from: readonly Tool[]; readonly all: ReadonlyMap<string, Tool> } = { from: NONE, all: fixed };
  return {
    all() {
      const from = mcp?.tools() ?? NONE;
      if (from === known.from) return known.all;
      // A tool of the user's own keeps its name.
      const more = from.filter(({ name }) => !fixed.has(name));
      known = { from, all: new Map([...fixed, ...more.map((tool) => [tool.name, tool] as const)]) };
      return known.all;
    },
    async arrived(signal) {
      // Who is cancelled meanwhile learns it from what comes next.
      if (mcp) await unlessAborted(mcp.arrived(), signal).catch(() => undefined);
    },
    absent: (name) => mcp?.absent(name),
    async start() {
      if (mcp || servers.servers.length === 0) return;
      const { createMcp } = await import('../mcp/create-mcp.js');
      mcp = await createMcp(servers);
    },
    async stop() {
      await mcp?.stop();
      mcp = undefined;
    },
  };
}

// ---

const NONE: readonly Tool[] = [];
