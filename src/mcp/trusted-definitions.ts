/**
 * Which definitions of tools a person trusts: `<workdir>/mcp-pins.json`, 0600. All that a server offers when it is met
 * for the first time is trusted, because a person has configured it; what changes or comes later waits for their word.
 */
import { join } from 'node:path';
import { z } from 'zod';
import { canonical } from '../domain/canonical-json.js';
import { RookeryError, sentenceOf } from '../domain/errors.js';
import { type McpServer, sourceOf } from '../domain/mcp.js';
import { writeDurably } from '../files/atomic-write.js';
import { versionOf } from '../files/errors.js';
import { withLock } from '../files/file-lock.js';
import { readOwned } from '../files/ownership.js';
import { type Definition, sha256 } from './definition.js';

export type TrustedDefinitions = z.infer<typeof pinnedSchema>;

export type DefinitionTrust =
  | { readonly state: 'pinned' }
  | { readonly state: 'new' }
  | { readonly state: 'changed'; readonly what: readonly string[]; readonly before: TrustedDefinitions };

export interface TrustStore {
  /** Pins all of a server that was never met before; changes nothing for another. */
  pinNewServer(server: McpServer, definitions: readonly Definition[]): Promise<void>;
  /** The person has looked: what the server offers now is what it may offer. */
  trust(server: McpServer, definitions: readonly Definition[]): Promise<void>;
  /** Throws a RookeryError for a file that cannot be read. */
  trustOfDefinition(server: McpServer, definition: Definition): DefinitionTrust;
}

export function openTrustStore(workdir: string): TrustStore {
  const file = join(workdir, 'mcp-pins.json');
  let known: { readonly version: string; readonly pins: AllPins } | undefined;

  /** Another process may have written it: trust is given outside the worker. */
  function current(): AllPins {
    const version = versionOf(file);
    if (known?.version !== version) known = { version, pins: readPins(file) };
    return known.pins;
  }

  async function put(server: McpServer, definitions: readonly Definition[], onlyIfNew: boolean): Promise<void> {
    await withLock(`${file}.lock`, async () => {
      const pins = readPins(file);
      if (onlyIfNew && Object.hasOwn(pins, server.name)) return;
      const servers = { ...pins, [server.name]: pinsFor(server, definitions) };
      await writeDurably(file, `${JSON.stringify({ servers }, null, 2)}\n`);
    });
  }

  return {
    pinNewServer: async (server, definitions) => {
      if (!Object.hasOwn(current(), server.name)) await put(server, definitions, true);
    },
    trust: (server, definitions) => put(server, definitions, false),
    trustOfDefinition: (server, definition) => compareWithPin(current(), server, definition),
  };
}

// ---

const pinnedSchema = z.object({
  sha256: z.string(),
  description: z.string(),
  parameters: z.record(z.string(), z.unknown()),
});
const fileSchema = z.object({
  servers: z.record(z.string(), z.object({ source: z.string(), tools: z.record(z.string(), pinnedSchema) })),
});
type AllPins = z.infer<typeof fileSchema>['servers'];

function pinsFor(server: McpServer, definitions: readonly Definition[]): AllPins[string] {
  const tools = definitions.map(({ name, hash, description, parameters }) => {
    const pinned: TrustedDefinitions = { sha256: hash, description, parameters };
    return [name, pinned] as const;
  });
  // A command may hold a token.
  return { source: sha256(sourceOf(server)), tools: Object.fromEntries(tools) };
}

function compareWithPin(pins: AllPins, server: McpServer, definition: Definition): DefinitionTrust {
  const ofServer = Object.hasOwn(pins, server.name) ? pins[server.name] : undefined;
  const before =
    ofServer && Object.hasOwn(ofServer.tools, definition.name) ? ofServer.tools[definition.name] : undefined;
  if (!ofServer || !before) return { state: 'new' };
  if (before.sha256 === definition.hash) return { state: 'pinned' };
  const what = [
    ...(ofServer.source === sha256(sourceOf(server)) ? [] : ["the server's command or address"]),
    ...(before.description === definition.description ? [] : ['its description']),
    ...(canonical(before.parameters) === canonical(definition.parameters) ? [] : ['its arguments']),
  ];
  return { state: 'changed', what: what.length > 0 ? what : ['what is not shown of it'], before };
}

function readPins(file: string): AllPins {
  let text: string | undefined;
  try {
    text = readOwned({ path: file, name: 'file of trusted MCP tools' });
  } catch (error) {
    throw error instanceof RookeryError ? error : broken(file, sentenceOf(error));
  }
  if (text === undefined) return {};
  try {
    return fileSchema.parse(JSON.parse(text)).servers;
  } catch {
    throw broken(file, 'it is not what Rookery writes');
  }
}

function broken(file: string, why: string): RookeryError {
  return new RookeryError('workdir', `The trusted MCP tools in ${file} cannot be read: ${why}`, {
    hint: 'Remove the file, look at `rookery mcp list`, and trust what you find with `rookery mcp trust NAME`',
  });
}
