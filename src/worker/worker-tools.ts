/** The tools of a worker: those of the product, confined where this host has a sandbox, and those of its user. */
import { RookeryError } from '../domain/errors.js';
import type { Paths } from '../mirror/paths.js';
import { readsOnly } from '../policy/harmless.js';
import { sandboxFor } from '../sandbox.js';
import { createTools } from '../tools/catalogue.js';
import { guarded } from '../tools/guarded.js';
import { type LiveTools, liveTools } from './live-tools.js';
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
