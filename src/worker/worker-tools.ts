/**
 * The tools of a worker: the built-in ones, confined where this host has a sandbox, those of its user, and those of MCP
 * servers, which load and change while it runs.
 */

import { unlessAborted } from '../domain/abort.js';
import { RookeryError } from '../domain/errors.js';
import { proxySettingsOf } from '../domain/proxies.js';
import type { Mcp, McpOptions } from '../mcp/create-mcp.js';
import type { Paths } from '../mirror/paths.js';
import { readsOnly } from '../policy/shell/read-only-commands.js';
import { sandboxFor } from '../sandbox/detect.js';
import { type BackgroundCommands, createBackgroundCommands } from '../tools/background/commands.js';
import { createTools } from '../tools/catalogue.js';
import { guarded } from '../tools/guarded.js';
import type { Tool } from '../tools/tool.js';
import type { BackgroundTasksOptions } from './plugin-options.js';

export interface WorkerTools {
  readonly tools: LiveTools;
  readonly background: BackgroundCommands;
  /** Shell commands run in a sandbox. */
  readonly sandboxed: boolean;
}

export async function createWorkerTools(settings: BackgroundTasksOptions, paths: Paths): Promise<WorkerTools> {
  const { sandboxView: widening } = settings;
  const found = await sandboxFor(paths, settings.sandbox ?? 'auto', {
    env: settings.env ?? {},
    ...(widening === undefined ? {} : { widening }),
  });
  const sandbox = found.kind === 'available' ? { sandbox: found.sandbox } : {};
  const { env = {}, webSearch, mcp = [], announce = () => undefined } = settings;
  const background = createBackgroundCommands(paths.claims);
  const fetch = { proxies: proxySettingsOf(env) };
  const tools = new Map(await createTools({ env, webSearch, readsOnly, background, fetch, ...sandbox }));
  for (const tool of settings.tools ?? []) {
    if (tools.has(tool.name)) throw new RookeryError('usage', `There are two tools named '${tool.name}'`);
    tools.set(tool.name, guarded(tool));
  }
  const servers = { servers: mcp, workdir: paths.workdir, env, announce, sandbox: sandbox.sandbox };
  return { tools: liveTools(tools, servers), background, sandboxed: found.kind === 'available' };
}

export interface LiveTools {
  /** By name. The same map as before while nothing has changed. */
  all(): ReadonlyMap<string, Tool>;
  /** Resolves when the servers have had their time to answer; at once when there are none. */
  whenReady(signal: AbortSignal): Promise<void>;
  /** @returns why a tool of that name is not available, when its server has not answered */
  whyUnavailable(name: string): string | undefined;
  /** Starts the servers; called only where tasks run. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

export function liveTools(fixed: ReadonlyMap<string, Tool>, servers: McpOptions): LiveTools {
  let mcp: Mcp | undefined;
  let cached: { readonly from: readonly Tool[]; readonly all: ReadonlyMap<string, Tool> } = { from: NONE, all: fixed };
  return {
    all() {
      const mcpTools = mcp?.tools() ?? NONE;
      if (mcpTools === cached.from) return cached.all;
      // A tool of the user keeps its name.
      const additional = mcpTools.filter(({ name }) => !fixed.has(name));
      cached = { from: mcpTools, all: new Map([...fixed, ...additional.map((tool) => [tool.name, tool] as const)]) };
      return cached.all;
    },
    async whenReady(signal) {
      // A cancelled caller learns of it in its next step.
      if (mcp) await unlessAborted(mcp.whenReady(), signal).catch(() => undefined);
    },
    whyUnavailable: (name) => mcp?.whyUnavailable(name),
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
