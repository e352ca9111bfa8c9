/** The verbs of the command and their options, as data. Each verb is a separate file, loaded on demand. */
import { Option } from 'commander';
import { parseDuration } from '../config/duration.js';
import { PROVIDER_NAMES } from '../domain/provider.js';
import type { Verb } from './session.js';

const collect = (value: string, before: string[] = []): string[] => [...before, value];
const names = (value: string, before: string[] = []): string[] => [
  ...before,
  ...value.split(',').map((name) => name.trim()),
];

const TASK_OPTIONS: readonly Option[] = [
  new Option('--file <path>', 'read the prompt from a file'),
  new Option('--provider <name>', PROVIDER_NAMES.join(', ')),
  new Option('--model <name>', 'model of the provider'),
  new Option('--endpoint <url>', 'base URL, with or without /v1'),
  new Option('--fallback <provider:model>', 'next in the chain (repeatable)').argParser(collect),
  new Option(
    '--allow <tools>',
    'tools that run without being asked for: shell, web_fetch, …; secrets opens credential files',
  ).argParser(names),
  new Option('--yes', 'whatever would be asked runs, for the whole task'),
  new Option('--workspace <dir>', 'where file tools and commands work'),
  new Option('--max-iterations <n>', 'accepted replies (50)'),
  new Option('--max-total-tokens <n>', 'input and output of the whole task (1,000,000)'),
  new Option('--max-output-tokens <n>', 'output of one reply (8,192)'),
  new Option('--max-time <duration>', 'of the task (none)'),
  new Option('--on-limit <what>', 'what hitting a limit means').choices(['fail']).default('fail'),
  new Option('--system-prompt <text|@file>', 'instead of the built-in one'),
];
const TOOLS_OPTION = new Option('--tools <file>', 'module with tools of your own (repeatable)').argParser(collect);
const MCP_OPTION = new Option('--mcp <name=command>', 'MCP server: a command or a URL (repeatable)').argParser(collect);
const WAIT_OPTIONS: readonly Option[] = [
  new Option('--timeout <duration>', 'wait at most this long; the task goes on').argParser((text) =>
    parseDuration(text, '--timeout'),
  ),
  new Option('--keep-waiting', 'stay while the task waits for a person'),
];

interface Spec {
  readonly words: string;
  readonly about: string;
  readonly options?: readonly Option[];
  readonly load: () => Promise<{ verb: Verb }>;
}

export const VERBS: Readonly<Record<string, Spec>> = {
  run: {
    words: '[prompt...]',
    about: 'submit a task, follow it, print the answer',
    options: [...TASK_OPTIONS, TOOLS_OPTION, MCP_OPTION, ...WAIT_OPTIONS],
    load: () => import('./verbs/run.js'),
  },
  submit: {
    words: '[prompt...]',
    about: 'submit a task, print its id',
    options: [...TASK_OPTIONS, TOOLS_OPTION, MCP_OPTION],
    load: () => import('./verbs/submit.js'),
  },
  list: {
    words: '',
    about: 'all tasks, newest first',
    options: [new Option('--status <status>', 'only these: pending, running, completed, failed, cancelled')],
    load: () => import('./verbs/list.js'),
  },
  status: { words: '<id>', about: 'what a task is doing, and why', load: () => import('./verbs/status.js') },
  follow: {
    words: '<id>',
    about: 'the events of a task, as they come',
    options: [new Option('--since <cursor>', 'only what came after this event'), ...WAIT_OPTIONS],
    load: () => import('./verbs/follow.js'),
  },
  wait: {
    words: '<ids...>',
    about: 'wait for the end of tasks',
    options: WAIT_OPTIONS,
    load: () => import('./verbs/wait.js'),
  },
  cancel: {
    words: '<ids...>',
    about: 'cancel tasks',
    options: WAIT_OPTIONS.slice(0, 1),
    load: () => import('./verbs/cancel.js'),
  },
  resume: {
    words: '[ids...]',
    about: 'start, adopt or wake tasks; without ids all that need it',
    options: [
      new Option('--dry-run', 'only say what would happen'),
      ...TASK_OPTIONS.filter(({ long }) => long !== '--file'),
      TOOLS_OPTION,
      MCP_OPTION,
    ],
    load: () => import('./verbs/resume.js'),
  },
  approvals: {
    words: '[id]',
    about: 'the calls that wait for you, with exactly what would run',
    load: () => import('./verbs/approvals.js'),
  },
  approve: {
    words: '<id> [call]',
    about: 'let a call that waits run',
    options: [
      new Option('--always', 'and remember a rule that lets the same run next time'),
      new Option('--any-arguments', 'with --always: whatever the arguments, for tools of MCP servers and your own'),
    ],
    load: () => import('./verbs/approve.js'),
  },
  deny: {
    words: '<id> [call]',
    about: 'a call that waits does not run',
    options: [new Option('--reason <text>', 'what the model is told')],
    load: () => import('./verbs/deny.js'),
  },
  up: {
    words: '',
    about: 'run server and worker',
    options: [
      new Option('-d, --detach', 'in the background'),
      TOOLS_OPTION,
      MCP_OPTION,
      new Option('--accept-unsigned', 'run unsigned starts, within narrow limits'),
    ],
    load: () => import('./verbs/up.js'),
  },
  down: {
    words: '',
    about: 'stop worker and server; tasks go on at the next up',
    load: () => import('./verbs/down.js'),
  },
  worker: {
    words: '',
    about: 'run a worker here',
    options: [
      new Option('--await-server').hideHelp(),
      TOOLS_OPTION,
      MCP_OPTION,
      new Option('--accept-unsigned', 'run unsigned starts, within narrow limits'),
      ...TASK_OPTIONS.filter(({ long }) => ['--provider', '--model', '--endpoint', '--workspace'].includes(long ?? '')),
    ],
    load: () => import('./verbs/worker.js'),
  },
  doctor: {
    words: '',
    about: 'check everything',
    options: [new Option('--fix', 'mend what can be mended')],
    load: () => import('./verbs/doctor.js'),
  },
  ui: { words: '[id]', about: 'the address of the Web UI', load: () => import('./verbs/ui.js') },
  sign: {
    words: '[prompt...]',
    about: 'a signed workflow input for other Temporal clients',
    options: [new Option('--id <id>', 'workflow id that it is signed for (default: a new UUID)'), ...TASK_OPTIONS],
    load: () => import('./verbs/sign.js'),
  },
  config: {
    words: '',
    about: 'each setting, its value and origin',
    options: [
      new Option('--trust', 'trust the rookery.toml of this directory'),
      ...TASK_OPTIONS.filter(({ long }) => long !== '--file'),
      TOOLS_OPTION,
      MCP_OPTION,
    ],
    load: () => import('./verbs/config.js'),
  },
  policy: {
    words: '[action] [words...]',
    about: 'list: the rules; check "shell: git push": which of them decides; forget N',
    options: [
      ...TASK_OPTIONS.filter(({ long }) => long === '--allow'),
      new Option('--tainted', 'as if text of strangers and private files had been read'),
      new Option('--sandboxed', 'as where a sandbox is'),
      new Option('--no-sandboxed', 'as where there is none'),
    ],
    load: () => import('./verbs/policy.js'),
  },
  audit: {
    words: '<action> [id]',
    about: 'verify: is the audit log whole; list: what is in it',
    load: () => import('./verbs/audit.js'),
  },
  mcp: {
    words: '[action] [name]',
    about: 'list: MCP servers and tools; trust NAME: pin its tools as they are now; install NAME: fetch its package',
    options: [MCP_OPTION],
    load: () => import('./verbs/mcp.js'),
  },
  mirror: {
    words: '<action> [ids...]',
    about: 'verify: compare the files with Temporal; rebuild: write them again from it',
    load: () => import('./verbs/mirror.js'),
  },
  export: {
    words: '<id>',
    about: 'hand a task over to a directory that RavenClaws takes',
    options: [new Option('--to <dir>', 'work directory of the other program')],
    load: () => import('./verbs/export.js'),
  },
  logs: {
    words: '',
    about: "the server's and the worker's log",
    options: [new Option('-f, --follow', 'go on')],
    load: () => import('./verbs/logs.js'),
  },
};
