/** Options that several verbs share. */
import { Option } from 'commander';
import { parseDuration } from '../config/duration.js';
import { EFFORTS, PROVIDER_NAMES } from '../domain/provider.js';

/** Of verbs that create a task or use its settings. */
export const TASK_OPTIONS: readonly Option[] = [
  new Option('--file <path>', 'read the prompt from a file'),
  new Option('--provider <name>', PROVIDER_NAMES.join(', ')),
  new Option('--model <name>', 'model of the provider'),
  new Option('--endpoint <url>', 'base URL, with or without /v1'),
  new Option(
    '--effort <level>',
    `reasoning of the model: ${EFFORTS.join(', ')}, or a budget of tokens (default of the provider)`,
  ),
  new Option('--fallback <provider:model>', 'model to use when the one before fails (repeatable)').argParser(collect),
  new Option(
    '--allow <tools>',
    'tools that run without approval: shell, web_fetch, …; secrets opens credential files; network:HOST gives commands a host',
  ).argParser(names),
  new Option('--yes', 'run calls of this task without approval'),
  new Option(
    '--approval-timeout <duration>',
    'how long a call waits for approval, and a question for its answer (24h)',
  ),
  new Option('--no-questions', 'the task cannot ask you anything'),
  new Option('--workspace <dir>', 'directory in which tools work'),
  new Option('--max-iterations <n>', 'accepted replies (50)'),
  new Option('--max-total-tokens <n>', 'input and output of the whole task (1,000,000)'),
  new Option('--max-output-tokens <n>', 'output of one reply (8,192)'),
  new Option('--max-time <duration>', 'time for the task (none)'),
  new Option('--max-command-time <duration>', 'the longest time that the model may give one command (30m)'),
  new Option('--max-cost <usd>', 'cost of the task in US dollars, as far as it is known (none)'),
  new Option(
    '--on-limit <what>',
    'at a limit: fail, or ask and wait until it is raised (ask where a person can answer)',
  ).choices(['fail', 'ask']),
  new Option('--schema <file>', 'JSON Schema that the answer must match: it is then JSON'),
  new Option('--system-prompt <text|@file>', 'replaces the built-in system prompt'),
];

/** What a person calls a new task. */
export const NAMING_OPTIONS: readonly Option[] = [
  new Option('--name <name>', 'name of the task, which may stand for its id'),
  new Option('--group <name>', 'group of the task'),
  new Option('--label <key=value>', 'label of the task (repeatable)').argParser(collect),
];

export const WORKTREE_OPTION = new Option(
  '--worktree',
  'work in a git worktree of its own, from the commit that is checked out',
);

export const CHECK_OPTION = new Option('--no-check', 'do not ask the provider whether it has the model');

export const TOOLS_OPTION = new Option('--tools <file>', 'module with user tools (repeatable)').argParser(collect);
export const MCP_OPTION = new Option('--mcp <name=command>', 'MCP server: a command or a URL (repeatable)').argParser(
  collect,
);
export const ACCEPT_UNSIGNED_OPTION = new Option('--accept-unsigned', 'run unsigned starts, within narrow limits');
export const LOG_FORMAT_OPTION = new Option('--log-format <format>', 'form of the log lines (json)').choices([
  'json',
  'text',
]);

export const TIMEOUT_OPTION = new Option(
  '--timeout <duration>',
  'wait at most this long; the task continues',
).argParser((text) => parseDuration(text, '--timeout'));

export const WAIT_OPTIONS: readonly Option[] = [
  TIMEOUT_OPTION,
  new Option('--keep-waiting', 'keep waiting while the task waits for a person'),
];

// ---

function collect(value: string, before: string[] = []): string[] {
  return [...before, value];
}

function names(value: string, before: string[] = []): string[] {
  return [...before, ...value.split(',').map((name) => name.trim())];
}
