/** The tools of the well-behaved server, for both of its transports. */
import { z } from 'zod';

/** @param {typeof import('@modelcontextprotocol/server').McpServer} McpServer */
export function makeOfficial(McpServer) {
  const server = new McpServer({ name: 'official', version: '1.0.0' }, { capabilities: { tools: {} } });
  server.registerTool(
    'echo',
    {
      description: 'Says it again.',
      inputSchema: z.object({ text: z.string() }),
      annotations: { readOnlyHint: true, destructiveHint: false },
    },
    async ({ text }) => ({ content: [{ type: 'text', text }] }),
  );
  server.registerTool('trouble', { description: 'Never works.', inputSchema: z.object({}) }, async () => ({
    isError: true,
    content: [{ type: 'text', text: 'the disk is on fire' }],
  }));
  server.registerTool('picture', { description: 'Draws.', inputSchema: z.object({}) }, async () => ({
    content: [
      { type: 'text', text: 'here:' },
      { type: 'image', mimeType: 'image/png', data: Buffer.alloc(3_000).toString('base64') },
      { type: 'resource', resource: { uri: 'file:///a.bin', mimeType: 'application/zip', blob: 'AAAA' } },
      { type: 'resource', resource: { uri: 'file:///a.txt', mimeType: 'text/plain', text: 'five!' } },
    ],
  }));
  server.registerTool(
    'weather',
    {
      description: 'Structured.',
      inputSchema: z.object({}),
      outputSchema: z.object({ degrees: z.number() }),
    },
    async () => ({ content: [{ type: 'text', text: '{"degrees":21}' }], structuredContent: { degrees: 21 } }),
  );
  return server;
}
