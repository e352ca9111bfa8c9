#!/usr/bin/env node
/**
 * The `rookery` command: its verbs and options as data, and the one place that turns errors into exit codes. Each verb is
 * a file of its own and loaded only when it is asked for.
 */
import { Command, CommanderError, Option } from 'commander';
import { parseDuration } from '../config/duration.js';
import { RookeryError } from '../domain/errors.js';
import { EXIT, type ExitCode, exitOfError } from './exit.js';
import { outputOf } from './output.js';
import type { Verb } from './verb.js';
import { VERSION } from './version.js';

const collect = (value: string, before: string[] = []): string[] => [...before, value];
const names = (value: string, before: string[] = []): string[] => [
  ...before,
  ...value.split(',').map((name) => name.trim()),
];

const TASK_OPTIONS: readonly Option[] = [
  new Option('--file <path>', 'read the prompt from a file'),
  new Option('--provider <name>', 'openai, anthropic, ollama, openrouter, litellm or demo'),
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

const VERBS: Readonly<Record<string, Spec>> = {
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
    options: [new Option('--always', 'and remember a rule that lets the same run next time')],
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
    about: 'list: the MCP servers and their tools; trust NAME: pin its tools as they are now',
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

function build(literal: boolean, finish: (code: ExitCode) => void): Command {
  const program = new Command('rookery')
    .description('Background LLM agent tasks that survive everything.')
    .version(VERSION)
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  for (const [name, { words, about, options = [], load }] of Object.entries(VERBS)) {
    const command = program.command(`${name} ${words}`.trim()).description(about);
    for (const option of options) command.addOption(option);
    if (!options.some(({ long }) => long === '--workspace'))
      command.addOption(new Option('--workspace <dir>').hideHelp());
    command
      .option('--workdir <dir>', 'where tasks, server data and logs lie')
      .option('--json', 'results as JSON on stdout')
      .option('-q, --quiet', 'no talk on stderr')
      .option('--debug', 'stack traces')
      .option('--no-color', 'no control characters')
      .option('--no-start', 'start no server and no worker')
      .option('--local', 'the embedded server, whatever TEMPORAL_* says')
      .action(async (...args: unknown[]) => {
        const given = args
          .slice(0, -2)
          .flat()
          .filter((word) => word !== undefined) as string[];
        const { verb } = await load();
        finish(await verb(given, { ...command.opts(), literal }));
      });
  }
  return program;
}

/** A reader that has seen enough is no error; who hears no talk may still want the result. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.done);
  throw error;
});
process.stderr.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

async function main(argv: readonly string[]): Promise<ExitCode> {
  let code: ExitCode = EXIT.done;
  const finish = (end: ExitCode): void => {
    code = end;
  };
  const literal = argv.includes('--');
  const flags = literal ? argv.slice(0, argv.indexOf('--')) : argv;
  const out = outputOf({ json: flags.includes('--json'), debug: flags.includes('--debug') });
  try {
    if (argv.length === 0) build(literal, finish).outputHelp();
    else await build(literal, finish).parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return usage(error, out);
    const plain = error instanceof RookeryError ? error : (await import('../temporal.js')).inPlainWords(error);
    out.error(plain);
    return exitOfError(plain);
  }
  return code;
}

function usage(error: CommanderError, out: ReturnType<typeof outputOf>): ExitCode {
  if (error.exitCode === 0) return EXIT.done;
  const message = error.message
    .replace(/^error: /, '')
    .replace(/\n/g, ' ')
    .replace(/^./, (first) => first.toUpperCase());
  out.error(new RookeryError('usage', message, { hint: 'See `rookery --help`, or `rookery VERB --help`' }));
  return EXIT.usage;
}

// Sockets and timers of libraries must not keep a finished command alive; what was written must be out first.
const code = await main(process.argv.slice(2));
process.exitCode = code;
process.stdout.write('', () => process.stderr.write('', () => process.exit(code)));
