/**
 * The table of every key of `rookery.toml` and `config.toml`: what it means, its default, an example, and whether an untrusted
 * project's file may set it. A key that is missing here or has no `untrusted` may not. The table of
 * docs/configuration.md is generated from it.
 */
import { DEFAULT_LIMITS } from '../domain/limits.js';
import { EFFORTS } from '../domain/provider.js';
import { NOTIFY_KEYS } from './notify-keys.js';
import { SANDBOX_KEYS } from './sandbox-keys.js';
import { WORKER_KEYS } from './worker-keys.js';

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
    means: 'Working directory of file tools and commands',
    byDefault: 'the current directory',
    example: 'workspace = "packages/web"',
    untrusted: 'within',
  },
  'workspace.path': {
    means: 'The same, beside the other keys of this table',
    byDefault: 'the current directory',
    example: 'workspace = { path = "packages/web" }',
    untrusted: 'within',
  },
  'workspace.shared': {
    means: "Every host has the same workspaces under the same paths. Only in the user's file",
    byDefault: 'false',
    example: 'workspace = { shared = true }',
  },
  'workspace.ship': {
    means:
      "With `git`, the work in a git workspace is shipped to other hosts; needs `bundle_dir`. Only in the user's file",
    byDefault: '"off"',
    example: 'workspace = { ship = "git" }',
  },
  'workspace.bundle_dir': {
    means: "Directory that the hosts share, for what is shipped. Only in the user's file",
    byDefault: NONE,
    example: 'workspace = { bundle_dir = "/mnt/rookery" }',
  },
  'workspace.bundle_max_mb': {
    means: "Megabytes of history and work of one task; a larger workspace is not shipped. Only in the user's file",
    byDefault: '200',
    example: 'workspace = { bundle_max_mb = 500 }',
  },
  max_iterations: {
    means: 'Maximum number of accepted replies of a task',
    byDefault: String(DEFAULT_LIMITS.max_iterations),
    example: 'max_iterations = 20',
    untrusted: 'lower',
  },
  max_total_tokens: {
    means: 'Maximum number of input and output tokens of a task',
    byDefault: String(DEFAULT_LIMITS.max_total_tokens),
    example: 'max_total_tokens = 200000',
    untrusted: 'lower',
  },
  max_output_tokens: {
    means: 'Maximum number of output tokens of one reply',
    byDefault: String(DEFAULT_LIMITS.max_output_tokens),
    example: 'max_output_tokens = 4096',
    untrusted: 'lower',
  },
  max_time: {
    means: 'Time limit of a task',
    byDefault: NONE,
    example: 'max_time = "30m"',
    untrusted: 'lower',
  },
  max_command_time: {
    means: 'The longest time that the model may give one command; without one a command has 2 minutes',
    byDefault: '30m',
    example: 'max_command_time = "2h"',
    untrusted: 'lower',
  },
  max_cost: {
    means: 'US dollars of a task, as far as the cost of its replies is known',
    byDefault: NONE,
    example: 'max_cost = 2.5',
    untrusted: 'lower',
  },
  on_limit: {
    means: 'What happens at a limit: `fail` ends the task, `ask` lets it wait until the limit is raised',
    byDefault: '"ask" where a person can answer, else "fail"',
    example: 'on_limit = "ask"',
  },
  workdir: {
    means: "Directory of the tasks, the keys and the server's data",
    byDefault: "the user's data directory",
    example: 'workdir = "/srv/rookery"',
  },
  provider: {
    means: 'Model provider that receives the conversation',
    byDefault: 'the only provider with a key',
    example: 'provider = "openai"',
  },
  model: {
    means: 'Model of the provider',
    byDefault: "the provider's default model",
    example: 'model = "gpt-5.4-mini"',
  },
  endpoint: {
    means: 'Another base URL of the provider',
    byDefault: NONE,
    example: 'endpoint = "https://llm.example.com/v1"',
  },
  fallback: {
    means: 'Models to use when that one fails, in order',
    byDefault: NONE,
    example: 'fallback = ["ollama:qwen3"]',
  },
  effort: {
    means: `Reasoning effort of the model: ${EFFORTS.join(', ')}, or a budget of tokens`,
    byDefault: 'that of the provider',
    example: 'effort = "high"',
  },
  text_protocol: {
    means: 'Models whose tool calls are read from their text',
    byDefault: NONE,
    example: 'text_protocol = ["small-model"]',
  },
  compaction: {
    means: 'What makes room in a long conversation: `model` (summaries that the model writes) or `notices`',
    byDefault: '`model`',
    example: 'compaction = "notices"',
  },
  'context_windows.NAME': {
    means:
      'Context windows in tokens, by `provider:model`, model or provider; before the list of the package; what a model refuses is learned',
    byDefault: NONE,
    example: 'context_windows."ollama:qwen3" = 32768',
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
    means: 'System prompt; `@FILE` reads it from a file',
    byDefault: 'the built-in system prompt',
    example: 'system_prompt = "Answer in one sentence."',
  },
  allow: {
    means: 'Tools that run without approval, and `network:HOST` for hosts that commands reach from the sandbox',
    byDefault: NONE,
    example: 'allow = ["shell", "network:npm"]',
  },
  approval_timeout: {
    means: 'How long a call waits for approval, and a question for its answer; `none` for no time limit',
    byDefault: '"24h"',
    example: 'approval_timeout = "72h"',
  },
  questions: {
    means: 'Whether tasks may ask you something, with the tool `ask_user`',
    byDefault: 'true',
    example: 'questions = false',
  },
  tools: {
    means: 'Modules with custom tools, loaded into the worker',
    byDefault: NONE,
    example: 'tools = ["./tools.ts"]',
  },
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
  'policy.rules[].do': {
    means: 'Decision on a matching call: `run`, `ask` or `refuse`',
    byDefault: NONE,
    example: 'policy.rules = [{ do = "ask" }]',
  },
  'policy.rules[].tool': {
    means: 'Tools that the rule matches',
    byDefault: 'all',
    example: 'policy.rules = [{ do = "ask", tool = "shell" }]',
  },
  'policy.rules[].effect': {
    means: 'Effects of tools that the rule matches',
    byDefault: 'any',
    example: 'policy.rules = [{ do = "refuse", effect = "network" }]',
  },
  'policy.rules[].path': {
    means: 'Paths that the rule matches',
    byDefault: 'any',
    example: 'policy.rules = [{ do = "ask", path = "src/**" }]',
  },
  'policy.rules[].host': {
    means: 'Hosts that the rule matches',
    byDefault: 'any',
    example: 'policy.rules = [{ do = "run", host = "docs.example.com" }]',
  },
  'policy.rules[].command': {
    means: 'Commands that the rule matches',
    byDefault: 'any',
    example: 'policy.rules = [{ do = "run", command = "npm test *" }]',
  },
  'policy.rules[].arguments': {
    means: 'Arguments that the rule matches, as the text of a JSON object',
    byDefault: 'any',
    example: `policy.rules = [{ do = "run", tool = "files__read", arguments = '{"path":"a"}' }]`,
  },
  'policy.rules[].network': {
    means:
      'Hosts that the commands of the rule reach from the sandbox, or `npm`, `pip`, `cargo`, `go`; with `run` only',
    byDefault: NONE,
    example: 'policy.rules = [{ do = "run", tool = "shell", command = "npm ci", network = ["npm"] }]',
  },
  'policy.rules[].reason': {
    means: 'Reason that is shown with the decision',
    byDefault: NONE,
    example: 'policy.rules = [{ do = "refuse", tool = "shell", reason = "not here" }]',
  },
  'security.unsigned': {
    means: 'How unsigned starts are handled',
    byDefault: '"refuse"',
    example: 'security.unsigned = "read-only"',
  },
  'security.trust_cluster': {
    means: 'Unsigned starts of a cluster count as signed',
    byDefault: 'false',
    example: 'security.trust_cluster = true',
  },
  'security.phrase_warning': {
    means: 'Adds a warning to untrusted content with phrases typical of prompt injection',
    byDefault: 'false',
    example: 'security.phrase_warning = true',
  },
  'security.sandbox': {
    means: 'With `off`, commands need approval instead',
    byDefault: '"auto"',
    example: 'security.sandbox = "off"',
  },
  'security.reset': {
    means: 'With `run`, a Reset or a second start of a signed input needs no signed `resume`',
    byDefault: '`"ask"`; `"run"` with `trust_cluster` on a cluster',
    example: 'security.reset = "run"',
  },
  ...SANDBOX_KEYS,
  'web_search.searxng': {
    means: 'URL of the SearXNG instance for `web_search`',
    byDefault: NONE,
    example: 'web_search.searxng = "http://127.0.0.1:8888"',
  },
  'temporal.task_queue': {
    means: 'Task queue of new tasks and of the worker',
    byDefault: 'that of the running worker, else `rookery`',
    example: 'temporal.task_queue = "my-team"',
  },
  'temporal.codec': {
    means:
      'Encryption of what Temporal stores: `aes:` and a key file, or a module with a payload codec or data converter',
    byDefault: NONE,
    example: 'temporal.codec = "aes:codec.keys"',
  },
  ...NOTIFY_KEYS,
  ...WORKER_KEYS,
};
