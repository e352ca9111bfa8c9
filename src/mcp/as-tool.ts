/** Converts a server's tool to a Rookery tool. The server's claims of harmlessness (annotations) are ignored. */
import { z } from 'zod';
import type { McpServer } from '../domain/mcp.js';
import { defineTool, type Tool } from '../tools/tool.js';
import type { Definition } from './definition.js';
import type { McpServerProcess } from './server.js';
import type { TrustStore } from './trusted-definitions.js';

const input = z.record(z.string(), z.unknown());

export function toTool(server: McpServerProcess, definition: Definition, pins: TrustStore): Tool {
  const { config } = server;
  const tool = defineTool({
    name: definition.name,
    description: definition.description,
    parameters: definition.parameters,
    input,
    effect: 'url' in config ? 'network' : 'execute',
    replay: 'unsafe',
    placement: 'activity',
    yields: ['private', 'untrusted'],
    run: async (args, { signal }) => ({
      ...(await server.call(definition, args, signal)),
      origin: `MCP server ${config.name}`,
    }),
    touches: () => ('url' in config ? { hosts: [new URL(config.url).hostname] } : {}),
    asks: () => reasonToAsk(config, definition, pins),
  });
  return tool as Tool;
}

// ---

/** Fails closed: what cannot be looked up is not trusted. */
function reasonToAsk(config: McpServer, definition: Definition, pins: TrustStore): string | undefined {
  try {
    const definitionTrust = pins.trustOfDefinition(config, definition);
    if (definitionTrust.state === 'pinned') return undefined;
    const what =
      definitionTrust.state === 'new'
        ? `is new on the MCP server ${config.name}`
        : `of the MCP server ${config.name} is not what you trusted: ${definitionTrust.what.join(' and ')} changed`;
    return `The tool '${definition.name}' ${what}. To trust it as it is now: rookery mcp trust ${config.name}`;
  } catch {
    return `Which MCP tools you trust cannot be read, so '${definition.name}' is not trusted; see rookery mcp list.`;
  }
}
