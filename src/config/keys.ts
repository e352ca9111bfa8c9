/**
 * The table of every key of `rookery.toml` and `config.toml`: what it means, its default, an example, and whether an untrusted
 * project's file may set it. A key that is missing here or has no `untrusted` may not. The table of
 * docs/configuration.md is generated from it.
 */
import { DEFAULT_LIMITS } from '../domain/limits.js';

/**
 * `lower`: not above the value without the file. `within`: a directory of the project, within the current workspace.
 */
export type Narrowing = 'lower' | 'within';

export interface Key {
  readonly means: string;
  readonly byDefault: string;
  /** A line of TOML. */
  readonly example: string;
  /** How far an untrusted file may set it. Absent: not at all. */
  readonly untrusted?: Narrowing;
}

const NONE = 'none';

/** `NAME` stands for any name, `[]` for the members of a list. */
export const KEYS: Readonly<Record<string, Key>> = {
  workspace: {
    means: 'Where file tools and commands work',
    byDefault: 'the current directory',
    example: 'workspace = "packages/web"',
    untrusted: 'within',
  },
  max_iterations: {
    means: 'Accepted replies of a task',
    byDefault: String(DEFAULT_LIMITS.max_iterations),
    example: 'max_iterations = 20',
    untrusted: 'lower',
  },
  max_total_tokens: {
    means: 'Input and output tokens of a task',
    byDefault: String(DEFAULT_LIMITS.max_total_tokens),
    example: 'max_total_tokens = 200000',
    untrusted: 'lower',
  },
  max_output_tokens: {
    means: 'Output tokens of one reply',
    byDefault: String(DEFAULT_LIMITS.max_output_tokens),
    example: 'max_output_tokens = 4096',
    untrusted: 'lower',
  },
  max_time: {
    means: 'Time of a task',
    byDefault: NONE,
    example: 'max_time = "30m"',
    untrusted: 'lower',
  },
  max_cost: {
    means: 'US dollars of a task, as far as the cost of its replies is known',
    byDefault: NONE,
    example: 'max_cost = 2.5',
    untrusted: 'lower',
  },
  workdir: {
    means: "Where tasks, keys and the server's data lie",
    byDefault: "the user's data directory",
    example: 'workdir = "/srv/rookery"',
  },
  provider: {
    means: 'Who is sent the conversation',
    byDefault: 'the only one with a key',
    example: 'provider = "openai"',
  },
  model: { means: 'Its model', byDefault: 'one of the provider', example: 'model = "gpt-4o-mini"' },
  endpoint: {
    means: 'Another base URL of the provider',
    byDefault: NONE,
    example: 'endpoint = "https://llm.example.com/v1"',
  },
  fallback: { means: 'What is asked when that fails', byDefault: NONE, example: 'fallback = ["ollama:llama3.1"]' },
  text_protocol: {
    means: 'Models whose tool calls are read from their text',
    byDefault: NONE,
    example: 'text_protocol = ["small-model"]',
  },
  'prices.NAME.input': {
    means: 'Own price of `provider:model`: US dollars per million input tokens',
    byDefault: 'the price list',
    example: 'prices."openai:gpt-5" = { input = 1.25, output = 10 }',
  },
  'prices.NAME.cached_input': {
    means: "Of those read from the provider's prompt cache",
    byDefault: 'as `input`',
    example: 'prices."openai:gpt-5" = { input = 1.25, cached_input = 0.125, output = 10 }',
  },
  'prices.NAME.cache_write': {
    means: 'Of those written to it',
    byDefault: 'as `input`',
    example: 'prices."anthropic:claude-opus-5" = { input = 5, cache_write = 6.25, output = 25 }',
  },
  'prices.NAME.output': {
    means: 'Of output tokens, reasoning included',
    byDefault: 'the price list',
    example: 'prices."litellm:local" = { input = 0, output = 0 }',
  },
  system_prompt: {
    means: 'Instead of the built-in one; `@FILE` reads it from a file',
    byDefault: 'the built-in one',
    example: 'system_prompt = "Answer in one sentence."',
  },
  allow: { means: 'Tools that run without being asked for', byDefault: NONE, example: 'allow = ["shell"]' },
  tools: { means: 'Modules with own tools, run in the worker', byDefault: NONE, example: 'tools = ["./tools.ts"]' },
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
    means: 'Names of variables that it gets',
    byDefault: NONE,
    example: 'mcp.files = { command = "npx", env = ["SOME_TOKEN"] }',
  },
  'mcp.NAME.workspace': {
    means: 'Where it works',
    byDefault: 'a directory of its own',
    example: 'mcp.files = { command = "npx", workspace = "docs" }',
  },
  'mcp.NAME.network': {
    means: 'Hosts that it reaches from the sandbox',
    byDefault: NONE,
    example: 'mcp.files = { command = "npx", network = ["api.example.com"] }',
  },
  'mcp.NAME.sandbox': {
    means: "`off` is for the user's file alone",
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
  'policy.rules[].do': {
    means: 'What becomes of a call: `run`, `ask` or `refuse`',
    byDefault: NONE,
    example: 'policy.rules = [{ do = "ask" }]',
  },
  'policy.rules[].tool': {
    means: 'Of which tools',
    byDefault: 'all',
    example: 'policy.rules = [{ do = "ask", tool = "shell" }]',
  },
  'policy.rules[].effect': {
    means: 'Of tools with which effect',
    byDefault: 'any',
    example: 'policy.rules = [{ do = "refuse", effect = "network" }]',
  },
  'policy.rules[].path': {
    means: 'On which paths',
    byDefault: 'any',
    example: 'policy.rules = [{ do = "ask", path = "src/**" }]',
  },
  'policy.rules[].host': {
    means: 'To which hosts',
    byDefault: 'any',
    example: 'policy.rules = [{ do = "run", host = "docs.example.com" }]',
  },
  'policy.rules[].command': {
    means: 'Of which commands',
    byDefault: 'any',
    example: 'policy.rules = [{ do = "run", command = "npm test *" }]',
  },
  'policy.rules[].arguments': {
    means: 'With which arguments, as the text of a JSON object',
    byDefault: 'any',
    example: `policy.rules = [{ do = "run", tool = "files__read", arguments = '{"path":"a"}' }]`,
  },
  'policy.rules[].reason': {
    means: 'What the verdict says',
    byDefault: NONE,
    example: 'policy.rules = [{ do = "refuse", tool = "shell", reason = "not here" }]',
  },
  'security.unsigned': {
    means: 'What becomes of unsigned starts',
    byDefault: '"refuse"',
    example: 'security.unsigned = "read-only"',
  },
  'security.trust_cluster': {
    means: 'Unsigned starts of a cluster count as signed',
    byDefault: 'false',
    example: 'security.trust_cluster = true',
  },
  'security.phrase_warning': {
    means: 'A warning above texts with misleading phrases',
    byDefault: 'false',
    example: 'security.phrase_warning = true',
  },
  'security.sandbox': {
    means: '`off`: commands ask instead',
    byDefault: '"auto"',
    example: 'security.sandbox = "off"',
  },
  'security.reset': {
    means: '`run`: a Reset, or a second start of a signed input, needs no signed `resume`',
    byDefault: '`"ask"`; `"run"` with `trust_cluster` on a cluster',
    example: 'security.reset = "run"',
  },
  'web_search.searxng': {
    means: 'Which search engine is asked',
    byDefault: NONE,
    example: 'web_search.searxng = "http://127.0.0.1:8888"',
  },
};
