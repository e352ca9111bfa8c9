/**
 * Inspects one MCP server for the command: what it offers now, and what of that is trusted. Inspecting pins nothing.
 */
import { RookeryError, sentenceOf } from '../domain/errors.js';
import type { McpServer } from '../domain/mcp.js';
import { openServer } from '../mcp/create-mcp.js';
import type { Definition } from '../mcp/definition.js';
import type { Installed } from '../mcp/installed.js';
import { type DefinitionTrust, openTrustStore } from '../mcp/trusted-definitions.js';
import type { Paths } from '../mirror/paths.js';
import { sandboxFor } from '../sandbox/detect.js';

export type { Definition } from '../mcp/definition.js';
export type { Installed } from '../mcp/installed.js';
export type { DefinitionTrust } from '../mcp/trusted-definitions.js';

export interface InspectedServer {
  readonly server: McpServer;
  /** A clause that follows "it"; undefined when the server has answered. */
  readonly problem: string | undefined;
  readonly tools: readonly { readonly definition: Definition; readonly trustState: DefinitionTrust }[];
  readonly leftOut: readonly string[];
  /** Pins what was seen. */
  trust(): Promise<void>;
}

export interface InspectOptions {
  readonly paths: Paths;
  readonly sandbox: 'auto' | 'off';
  readonly env: NodeJS.ProcessEnv;
}

/** Fetches the package of a server, outside the sandbox. Throws RookeryError. */
export async function installServer(
  server: McpServer,
  { paths, env }: Pick<InspectOptions, 'paths' | 'env'>,
): Promise<Installed> {
  if ('url' in server) throw new RookeryError('usage', `The MCP server ${server.name} is reached by its URL`);
  const { installPackage } = await import('../mcp/installed.js');
  return installPackage(server, { workdir: paths.workdir, env });
}

/** Starts the server, queries it, and stops it. */
export async function inspectServer(
  server: McpServer,
  { paths, sandbox, env }: InspectOptions,
): Promise<InspectedServer> {
  const found = await sandboxFor(paths, sandbox);
  const pins = openTrustStore(paths.workdir);
  const sandboxIfFound = found.kind === 'available' ? found.sandbox : undefined;
  const options = { servers: [], workdir: paths.workdir, sandbox: sandboxIfFound, env, announce: () => undefined };
  const open = openServer(server, options, async () => undefined);
  try {
    const problem = await open.connect().then(() => undefined, sentenceOf);
    const { definitions = [], leftOut = [] } = open.listed ?? {};
    return {
      server,
      problem,
      tools: definitions.map((definition) => ({ definition, trustState: pins.trustOfDefinition(server, definition) })),
      leftOut,
      trust: () => pins.trust(server, definitions),
    };
  } finally {
    await open.stop();
  }
}
