/**
 * Runs a shell command in the workspace, to its end or in the background. Keys never reach it, its output takes a bounded
 * amount of memory. With a sandbox every command runs inside, or not at all; without one it can do what the worker's user
 * can.
 */

import { existsSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { startedSentence } from '../domain/background-command.js';
import { utf8Length } from '../domain/conversation.js';
import { onceDiskHasSpace } from '../domain/disk-full.js';
import { RookeryError, sentenceOf } from '../domain/errors.js';
import { DEFAULT_LIMITS, FIXED } from '../domain/limits.js';
import { isDirectory } from '../files/is-directory.js';
import { createCapture } from '../processes/capture.js';
import { commandEnvironment } from '../processes/command-environment.js';
import { CALL_MARKER, TASK_MARKER } from '../processes/kill-tree.js';
import { type Confined, MAX_ATTEMPTS, type Sandbox } from '../sandbox/sandbox.js';
import type { BackgroundCommands } from './background/commands.js';
import { type CommandEnd, commandOutcome } from './command-outcome.js';
import { type CommandTime, commandTimeOf, DEFAULT_SECONDS } from './command-time.js';
import { readingGit } from './git-environment.js';
import { failed } from './outcome.js';
import { askedNetwork, networkArgument, networkEnvironment, networkHint, networkRequest } from './shell-network.js';
import { type Execution, runLaunched } from './shell-process.js';
import { noteOfStoppedGit } from './stopped-git.js';
import { defineTool, type Tool, type ToolContext, type ToolOutcome } from './tool.js';

/** Linux takes no single argument over 128 KiB. */
const MAX_COMMAND_BYTES = 100 * 1024;

const input = z.strictObject({
  command: z
    .string()
    .min(1)
    .refine(
      (text) => utf8Length(text) <= MAX_COMMAND_BYTES,
      'at most 100 KiB are allowed; put a longer script into a file',
    )
    .refine((text) => !text.includes('\0'), 'it holds a NUL character')
    .describe('Command line that /bin/sh -c runs in the workspace.'),
  timeout_secs: z
    .int()
    .min(1)
    .optional()
    .describe(
      `Seconds. Default ${DEFAULT_SECONDS}; in the background none. A task has a limit, ` +
        `${DEFAULT_LIMITS.max_command_ms / 60_000} minutes unless its start says otherwise: more is cut to that.`,
    ),
  background: z
    .boolean()
    .optional()
    .describe('The command continues in the background, and the answer is its handle. It ends with the task.'),
  restore_protected: z
    .boolean()
    .optional()
    .describe(
      'For one git checkout, switch, restore, reset, merge or stash that the sandbox stopped at a protected file: a ' +
        'person is asked, and then it may write such files. Default false.',
    ),
  network: networkArgument,
});

type Args = z.infer<typeof input>;

/** Models write for bash, and /bin/sh is another shell on many systems. */
const SHELLS = existsSync('/bin/bash')
  ? "POSIX syntax; for [[ ]], arrays or pipefail write bash -c '...'"
  : 'POSIX syntax; there is no bash';

export interface ShellOptions {
  /** The worker's environment; only a short list of harmless names is passed on. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Confines every command. Without one a command may do all that the worker may. */
  readonly sandbox?: Sandbox;
  /** What a command in the sandbox may reach, as `host` or `host:port`. Default: no network. */
  readonly hosts?: readonly string[];
  /** Whether a line counts as one that only reads: without a sandbox git is held to that then. */
  readonly readsOnly?: (command: string, context: Pick<ToolContext, 'workspace' | 'secrets'>) => boolean;
  /** Holds the background commands. Without it there are none. */
  readonly background?: BackgroundCommands;
}

export function createShell(options: ShellOptions): Tool<Args> {
  return defineTool({
    name: 'shell',
    description:
      `Runs a command with /bin/sh -c in the workspace (${SHELLS}), without input and without a terminal. The answer is what it ` +
      'printed (both streams, at most 64 KiB: beginning and end), and [exit code N] if that is not 0. At most ' +
      `${DEFAULT_SECONDS} s, more with timeout_secs, and 100 MiB of output. Background processes end with the command; ` +
      `for one that is to continue (a long build) use background: true.${confinement(options)}`,
    input,
    effect: 'execute',
    replay: 'unsafe',
    placement: 'activity',
    run: (args, context) => run(args, context, options),
    touches: ({ command, network, restore_protected }) => ({
      command,
      ...askedNetwork(network),
      ...(restore_protected ? { restores: true } : {}),
    }),
    summary: ({ command }) => command.trim(),
  });
}

// ---

function confinement({ sandbox, hosts = [] }: ShellOptions): string {
  if (!sandbox) return '';
  const network =
    hosts.length === 0
      ? 'There is no network unless `network` names hosts and a person lets it'
      : `Of the network only ${hosts.join(', ')} can be reached`;
  return (
    ` It runs in a sandbox: only the workspace, a private /tmp and a home of this task can be written; homes of people are hidden except toolchains. ${network}, ` +
    'and a command reaches no localhost, process or /tmp of another one. ' +
    'What other programs would run later (.git/config, .git/hooks, .vscode, .envrc and the like) cannot be changed; ' +
    'those that do not exist show as empty directories. Credential files (.env, keys and the like) cannot be read.'
  );
}

interface Request {
  readonly args: Args;
  readonly context: ToolContext;
  readonly options: ShellOptions;
  readonly time: CommandTime;
}

async function run(args: Args, context: ToolContext, options: ShellOptions): Promise<ToolOutcome> {
  if (context.signal.aborted) return failed('Cancelled before the command was started.');
  if (!(await isDirectory(context.workspace))) return failed('The workspace directory no longer exists.');
  const request = { args, context, options, time: commandTimeOf(args.timeout_secs, context) };
  return args.background ? runInBackground(request) : runNow(request);
}

async function runNow(request: Request): Promise<ToolOutcome> {
  const { context, time } = request;
  const launch = await prepare(request);
  if (typeof launch === 'string') return failed(`The command was not run. ${launch}`);
  const output = createCapture();
  const end = await runConfined(request, launch, { output, ms: time.ms, signal: context.signal });
  if (typeof end === 'string') return failed(`The command could not be started: ${end}.`);
  const printed = output.text({
    maxBytes: FIXED.toolOutputBytes - 2048,
    hint: 'send the output to a file and read that in parts',
  });
  return commandOutcome(printed, { problems: end.problems, notes: [...time.notes, ...end.notes] });
}

/** It is judged, confined and marked as any command is; only its output and its end are read later. */
async function runInBackground(request: Request): Promise<ToolOutcome> {
  const { args, context, options, time } = request;
  const { background } = options;
  if (!background) return failed('This worker runs no commands in the background.');
  const { task, call } = context;
  const launch = await prepare(request);
  if (typeof launch === 'string') return failed(`The command was not run. ${launch}`);
  if (context.signal.aborted) {
    await launch.release();
    return failed('Cancelled before the command was started.');
  }
  const ms = args.timeout_secs === undefined ? undefined : time.ms;
  const run = async (output: Execution['output'], signal: AbortSignal): Promise<CommandEnd> => {
    const end = await runConfined(request, launch, { output, ms, signal });
    return typeof end === 'string' ? { problems: [`it could not be started: ${end}`], notes: [] } : end;
  };
  const problem = await background.start({ task, call, command: args.command, run }).catch(sentenceOf);
  if (problem !== undefined) {
    await launch.release();
    return failed(`The command was not run. ${problem}`);
  }
  return commandOutcome(startedSentence(call), { problems: [], notes: time.notes });
}

/** A string says why it could not be started. */
async function runConfined(request: Request, first: Confined, execution: Execution): Promise<CommandEnd | string> {
  let launch = first;
  for (let attempt = 1; ; attempt++) {
    const result = await runLaunched(launch, request.context, execution).catch(sentenceOf);
    const hits = await launch.release();
    if (typeof result === 'string') return result;
    if (result.hasStarted || attempt === MAX_ATTEMPTS || execution.signal.aborted) {
      execution.output.push(result.said);
      const notes = await notesOn(request, { launch, hits, printed: execution.output.text(), ...result });
      return { problems: result.problems, notes };
    }
    const again = await prepare(request);
    if (typeof again === 'string') return again;
    launch = again;
  }
}

interface Finished {
  readonly launch: Confined;
  /** The limits that were reached. */
  readonly hits: readonly string[];
  readonly printed: string;
  readonly problems: readonly string[];
}

/** What the model must know of what the sandbox did to the command. */
async function notesOn({ args, options }: Request, { launch, hits, printed, problems }: Finished): Promise<string[]> {
  const stopped = options.sandbox && noteOfStoppedGit(args.command, printed);
  const missed = options.sandbox ? networkHint(args.command, { printed, hits }, options.env) : [];
  const hidden = problems.length > 0 ? await launch.explain?.(printed) : undefined;
  return [...(hidden === undefined ? [] : [hidden]), ...hits, ...missed, ...(stopped === undefined ? [] : [stopped])];
}

/** A string says why it cannot be confined. Then it is not run at all. */
async function prepare({ args, context, options }: Request): Promise<Confined | string> {
  const { command, network, restore_protected: restoring = false } = args;
  const { workspace, task, call, secrets } = context;
  // Both streams through one pipe: two would lose the order in which things were printed.
  const argv = ['/bin/sh', '-c', 'exec /bin/sh -c "$1" 2>&1', 'sh', command] as const;
  const env = { ...commandEnvironment(options.env, workspace), [TASK_MARKER]: task, [CALL_MARKER]: call };
  if (!options.sandbox) {
    const gitEnvironment = options.readsOnly?.(command, { workspace, secrets }) ? readingGit(workspace) : {};
    return { argv, env: { ...env, ...gitEnvironment }, isAround: false, release: async () => [] };
  }
  try {
    const { sandbox, hosts } = options;
    // Without that ability of the sandbox only a command that needs the network is refused.
    const given = sandbox.givesHosts ? context.network : [];
    // Hooks and helpers could write into what is writable now.
    const reached = networkRequest({ given, asked: network }, options.env);
    const registries = networkEnvironment(options.env, (hosts ?? []).length > 0 || reached.named !== undefined);
    const whole = { ...registries, ...env, ...(restoring ? readingGit(workspace) : {}) };
    const asked = { ...{ argv, cwd: workspace, workspace, secrets, hosts, env: whole, restoring, task }, ...reached };
    // The sandbox notes what it makes before it makes it. Nothing has run yet, so a full disk delays the command.
    const deadline = performance.now() + DISK_WAIT_MS;
    return await onceDiskHasSpace(
      () => sandbox.command(asked),
      async () => !context.signal.aborted && performance.now() <= deadline && pause(DISK_RETRY_MS, true),
    );
  } catch (error) {
    return error instanceof RookeryError ? `${error.message} ${error.hint ?? ''}`.trim() : sentenceOf(error);
  }
}

const DISK_RETRY_MS = 500;
const DISK_WAIT_MS = 60_000;
