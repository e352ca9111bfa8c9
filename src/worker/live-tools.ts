/** The tools of a worker at this moment: its fixed ones, and those of MCP servers, which come and change while it runs. */
import type { Mcp, McpOptions } from '../tools/mcp/create-mcp.js';
import type { Tool } from '../tools/tool.js';
import { unlessAborted } from '../tools/unless-aborted.js';

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
      const { createMcp } = await import('../tools/mcp/create-mcp.js');
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
