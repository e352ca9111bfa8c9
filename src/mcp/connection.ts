/**
 * One connection to a server, from initialization to close: lists and calls tools. Knows no pins and no retries. Also
 * the transport interface that a connection needs, with the reason why a transport ended.
 */
import type { Client, Transport } from '@modelcontextprotocol/client';
import { z } from 'zod';
import { utf8Length } from '../domain/conversation.js';
import { MCP, type McpDeadlines } from './limits.js';

/** A tool as its server describes it: nothing of it is believed. */
export type OfferedTool = z.infer<typeof offeredSchema>;
export type CallResult = z.infer<typeof resultSchema>;

export interface McpConnection {
  readonly wire: Wire;
  readonly open: boolean;
  list(): Promise<OfferedTool[]>;
  call(params: { name: string; arguments: Record<string, unknown> }, signal: AbortSignal): Promise<CallResult>;
  close(): Promise<void>;
}

export interface ConnectionOptions {
  readonly deadlines: McpDeadlines;
  readonly onToolsChanged: () => void;
}

export async function connectTransport(
  wire: Wire,
  { deadlines, onToolsChanged }: ConnectionOptions,
): Promise<McpConnection> {
  const { Client } = await import('@modelcontextprotocol/client');
  const client = new Client({ name: 'rookery', version: '1' }, { capabilities: {} });
  let open = true;
  client.onclose = () => {
    open = false;
  };
  client.setNotificationHandler('notifications/tools/list_changed', onToolsChanged);
  const close = (): Promise<void> => Promise.all([client.close(), wire.close()]).then(() => undefined);
  try {
    await client.connect(wire, { timeout: deadlines.initializeMs });
  } catch (error) {
    await close();
    throw error;
  }
  return {
    wire,
    get open() {
      return open;
    },
    list: () => list(client, deadlines.listMs),
    // Not the library's callTool: it compiles the output schemas of the server into code.
    call: (params, signal) =>
      client.request({ method: 'tools/call', params }, resultSchema, { timeout: deadlines.callMs, signal }),
    close,
  };
}

export interface Wire extends Transport {
  /** Follows "it": "ended with exit code 1"; undefined when it has not ended by itself. */
  why(): string | undefined;
}

// ---

const offeredSchema = z.looseObject({
  name: z.string(),
  description: z.string().optional(),
  inputSchema: z.unknown().optional(),
});
const pageSchema = z.looseObject({ tools: z.array(z.unknown()), nextCursor: z.string().optional() });
const resultSchema = z.looseObject({
  content: z.array(z.unknown()).optional(),
  structuredContent: z.unknown().optional(),
  isError: z.boolean().optional(),
});

/** One deadline for all pages. Entries without a name are skipped. */
async function list(client: Client, ms: number): Promise<OfferedTool[]> {
  const signal = AbortSignal.timeout(ms);
  const offered: OfferedTool[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < MCP.pages && offered.length <= MCP.tools; page++) {
    const params = cursor === undefined ? {} : { cursor };
    const answer = await client.request({ method: 'tools/list', params }, pageSchema, { timeout: ms, signal });
    for (const tool of answer.tools) {
      const parsed = offeredSchema.safeParse(tool);
      if (parsed.success) offered.push(bounded(parsed.data));
    }
    cursor = answer.nextCursor;
    if (cursor === undefined) break;
  }
  return offered;
}

/** Of what is far too long only the name is kept, to say so: pages of such tools would fill the memory. */
function bounded(tool: OfferedTool): OfferedTool {
  const { name, description, inputSchema } = tool;
  const size = utf8Length(name) + utf8Length(description ?? '') + utf8Length(JSON.stringify(inputSchema) ?? '');
  return size <= MCP.toolBytes ? { name, description, inputSchema } : { name: name.slice(0, MCP.nameChars + 1) };
}
