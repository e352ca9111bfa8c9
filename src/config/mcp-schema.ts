/**
 * Schema of an MCP server in a settings file or in the long form of --mcp. A separate module, loaded only when needed.
 */
import { z } from 'zod';
import { isServerName } from '../domain/mcp.js';

const variable = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'it is not the name of a variable');
const name = z.string().refine(isServerName, 'a name has at most 24 letters, digits, - and single _');

const tableSchema = z
  .strictObject({
    command: z.string().min(1),
    args: z.array(z.string()),
    env: z.array(variable),
    workspace: z.string().min(1),
    network: z.array(z.string()),
    sandbox: z.enum(['on', 'off']),
    url: z.string().refine(isPlainUrl, 'it is not an http or https URL without a password'),
    headers_env: z.record(z.string().regex(/^[A-Za-z0-9-]+$/, 'it is not the name of a header'), variable),
  })
  .partial()
  .refine(isOneKind, 'give command (with args, env, workspace, network, sandbox) or url (with headers_env)');

/** By name. */
export const mcpSchema = z.record(name, tableSchema);

export type McpTable = z.infer<typeof tableSchema>;

// ---

function isPlainUrl(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
}

function isOneKind({ command, url, headers_env, ...local }: Record<string, unknown>): boolean {
  const isLocal = command !== undefined && url === undefined && headers_env === undefined;
  const isRemote = url !== undefined && command === undefined && Object.values(local).every((one) => one === undefined);
  return isLocal || isRemote;
}
