/**
 * The table of every key of `rookery.toml` and `config.toml`: what it means, its default, an example, and whether an untrusted
 * project's file may set it. A key that is missing here or has no `untrusted` may not. The table of
 * docs/configuration.md is generated from it.
 */
import { DEFAULT_LIMITS } from '../domain/limits.js';
import type { Key } from './key.js';
import { MCP_KEYS } from './mcp-keys.js';
import { MODEL_KEYS } from './model-keys.js';
import { NOTIFY_KEYS } from './notify-keys.js';
import { POLICY_KEYS } from './policy-keys.js';
import { SANDBOX_KEYS } from './sandbox-keys.js';
import { WORKER_KEYS } from './worker-keys.js';

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
  ...MODEL_KEYS,
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
  ...MCP_KEYS,
  ...POLICY_KEYS,
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
