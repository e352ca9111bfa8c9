/** The keys of MCP servers. Part of the table in keys.ts. */
import type { Key } from './key.js';

const NONE = 'none';

export const MCP_KEYS: Readonly<Record<string, Key>> = {
  'mcp.NAME.command': {
    means: 'Program of an MCP server',
    byDefault: NONE,
    example: 'mcp.files = { command = "npx" }',
  },
  'mcp.NAME.args': {
    means: 'Its arguments',
    byDefault: NONE,
    example: 'mcp.files = { command = "npx", args = ["-y", "server"] }',
  },
  'mcp.NAME.env': {
    means: 'Environment variables that are passed to it',
    byDefault: NONE,
    example: 'mcp.files = { command = "npx", env = ["SOME_TOKEN"] }',
  },
  'mcp.NAME.workspace': {
    means: 'Its working directory',
    byDefault: 'a separate private directory',
    example: 'mcp.files = { command = "npx", workspace = "docs" }',
  },
  'mcp.NAME.network': {
    means: 'Hosts that it may connect to from the sandbox',
    byDefault: NONE,
    example: 'mcp.files = { command = "npx", network = ["api.example.com"] }',
  },
  'mcp.NAME.sandbox': {
    means: "Whether it runs in the sandbox; `off` only in the user's file",
    byDefault: 'on',
    example: 'mcp.files = { command = "npx", sandbox = "on" }',
  },
  'mcp.NAME.url': {
    means: 'Address of a remote MCP server',
    byDefault: NONE,
    example: 'mcp.remote = { url = "https://mcp.example.com/mcp" }',
  },
  'mcp.NAME.headers_env.NAME': {
    means: 'Variable that holds a header of its requests',
    byDefault: NONE,
    example: 'mcp.remote = { url = "https://mcp.example.com/mcp", headers_env = { Authorization = "MCP_TOKEN" } }',
  },
};
