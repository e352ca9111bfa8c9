/**
 * Runs a shell command in the workspace. Nothing that it started outlives it, keys never reach it, its output takes a
 * bounded amount of memory. With a sandbox every command runs inside, or not at all; without one it can do what the
 * worker's user can.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { z } from 'zod';
import { utf8Length } from '../domain/conversation.js';
import { RookeryError, sentenceOf } from '../domain/errors.js';
import { DEFAULT_LIMITS, FIXED } from '../domain/limits.js';
import { isDirectory } from '../files/is-directory.js';
import { type Capture, createCapture, drained } from '../processes/capture.js';
import { commandEnvironment } from '../processes/command-environment.js';
import { CALL_MARKER, type KillTarget, killAll, TASK_MARKER } from '../processes/kill-tree.js';
import { type Confined, MAX_ATTEMPTS, type Sandbox } from '../sandbox/sandbox.js';
import { type BackgroundCommands, handleOf } from './background/commands.js';
import { type CommandEnd, commandOutcome } from './command-outcome.js';
import { type CommandTime, commandTimeOf, DEFAULT_SECONDS } from './command-time.js';
import { readingGit } from './git-environment.js';
import { failed } from './outcome.js';
import { defineTool, type Tool, type ToolContext, type ToolOutcome } from './tool.js';

/** Linux takes no single argument over 128 KiB. */
const MAX_COMMAND_BYTES = 100 * 1024;
const MAX_PRINTED_BYTES = 100 * 1024 * 1024;

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
});

type Args = z.infer<typeof input>;

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
      'Runs a command with /bin/sh -c in the workspace, without input and without a terminal. The answer is what it ' +
      'printed (both streams, at most 64 KiB: beginning and end), and [exit code N] if that is not 0. At most ' +
      `${DEFAULT_SECONDS} s, more with timeout_secs, and 100 MiB of output. Background processes end with the command; ` +
      `for one that is to continue (a server, a long build) use background: true.${confinement(options)}`,
    input,
    effect: 'execute',
    replay: 'unsafe',
    placement: 'activity',
    run: (args, context) => run(args, context, options),
    touches: ({ command }) => ({ command }),
    summary: ({ command }) => command.trim(),
  });
}

// ---

type Ending =
  | { readonly kind: 'exited'; readonly code: number | null; readonly signal: NodeJS.Signals | null }
  | { readonly kind: 'stopped'; readonly why: string }
  | { readonly kind: 'unstarted'; readonly why: string };

interface CommandResult {
  readonly ending: Exclude<Ending, { kind: 'unstarted' }>;
  /** Nothing of it lives any more. */
  readonly allEnded: boolean;
  readonly hasStarted: boolean;
}

/** Takes what a command prints. */
type Output = Pick<Capture, 'push' | 'total'> & Partial<Pick<Capture, 'text'>>;

/** One run of a command. */
interface Execution {
  readonly output: Output;
  /** Undefined: it has as long as it likes. */
  readonly ms: number | undefined;
  readonly signal: AbortSignal;
}

function confinement({ sandbox, hosts = [] }: ShellOptions): string {
  if (!sandbox) return '';
  const network = hosts.length === 0 ? 'There is no network' : `Of the network only ${hosts.join(', ')} can be reached`;
  return (
    ` It runs in a sandbox: only the workspace and a private /tmp can be written, and homes are hidden. ${network}. ` +
    'What other programs would run later (.git/config, .git/hooks, .vscode, .envrc and the like) cannot be changed; ' +
    'those that do not exist show as empty directories. Credential files (.env, keys and the like) cannot be read.'
  );
}

async function run(args: Args, context: ToolContext, options: ShellOptions): Promise<ToolOutcome> {
  if (context.signal.aborted) return failed('Cancelled before the command was started.');
  if (!(await isDirectory(context.workspace))) return failed('The workspace directory no longer exists.');
  const time = commandTimeOf(args.timeout_secs, context);
  return args.background ? runInBackground(args, { context, options, time }) : runNow(args, { context, options, time });
}

interface Request {
  readonly context: ToolContext;
  readonly options: ShellOptions;
  readonly time: CommandTime;
}

async function runNow(args: Args, request: Request, attempts = MAX_ATTEMPTS): Promise<ToolOutcome> {
  const { context, options, time } = request;
  const launch = await prepare(args.command, context, options);
  if (typeof launch === 'string') return failed(`The command was not run. ${launch}`);
  const output = createCapture();
  let result: CommandResult | string;
  let hits: readonly string[] = [];
  try {
    result = await runLaunched(launch, context, { output, ms: time.ms, signal: context.signal });
  } finally {
    hits = await launch.release();
  }
  if (typeof result === 'string') return failed(`The command could not be started: ${result}.`);
  if (!result.hasStarted && attempts > 1) return runNow(args, request, attempts - 1);
  const printed = output.text({
    maxBytes: FIXED.toolOutputBytes - 2048,
    hint: 'send the output to a file and read that in parts',
  });
  return commandOutcome(printed, { problems: problemsOf(result), notes: [...time.notes, ...hits] });
}

/** It is judged, confined and marked as any command is; only its output and its end are read later. */
async function runInBackground(args: Args, { context, options, time }: Request): Promise<ToolOutcome> {
  const { background } = options;
  if (!background) return failed('This worker runs no commands in the background.');
  const { command, timeout_secs } = args;
  const { task, call } = context;
  const launch = await prepare(command, context, options);
  if (typeof launch === 'string') return failed(`The command was not run. ${launch}`);
  const ms = timeout_secs === undefined ? undefined : time.ms;
  const run = async (output: Output, signal: AbortSignal): Promise<CommandEnd> => {
    const result = await runLaunched(launch, context, { output, ms, signal }).catch(sentenceOf);
    const notes = await launch.release();
    return typeof result === 'string'
      ? { problems: [`it could not be started: ${result}`], notes }
      : { problems: problemsOf(result), notes };
  };
  const problem = await background.start({ task, call, command, run }).catch(sentenceOf);
  if (problem !== undefined) {
    await launch.release();
    return failed(`The command was not run. ${problem}`);
  }
  const started = `Started in the background as ${handleOf(call)}. Read its output with shell_output; it ends with the task.`;
  return commandOutcome(started, { problems: [], notes: time.notes });
}

/** A string says why it cannot be confined. Then it is not run at all. */
async function prepare(command: string, context: ToolContext, options: ShellOptions): Promise<Confined | string> {
  const { workspace, task, call, secrets } = context;
  // Both streams through one pipe: two would lose the order in which things were printed.
  const argv = ['/bin/sh', '-c', 'exec /bin/sh -c "$1" 2>&1', 'sh', command] as const;
  const env = { ...commandEnvironment(options.env, workspace), [TASK_MARKER]: task, [CALL_MARKER]: call };
  if (!options.sandbox) {
    const gitEnvironment = options.readsOnly?.(command, { workspace, secrets }) ? readingGit(workspace) : {};
    return { argv, env: { ...env, ...gitEnvironment }, isAround: false, release: async () => [] };
  }
  try {
    return await options.sandbox.command({ argv, cwd: workspace, workspace, env, hosts: options.hosts, secrets });
  } catch (error) {
    return error instanceof RookeryError ? `${error.message} ${error.hint ?? ''}`.trim() : sentenceOf(error);
  }
}

/** A string says why it could not be started. */
async function runLaunched(
  launch: Confined,
  { workspace, call }: Pick<ToolContext, 'workspace' | 'call'>,
  execution: Execution,
): Promise<CommandResult | string> {
  const child = start(launch, workspace);
  if (typeof child === 'string') return child;
  let printed = false;
  // What a command prints comes through this pipe alone: the other one is its launcher's.
  child.stdout?.once('data', () => {
    printed = true;
  });
  const ending = await waitForEnd(child, execution);
  if (ending.kind === 'unstarted') return ending.why;
  const allEnded = await killAll(killTargetOf(child, { launch, call }));
  await drained([child.stdout, child.stderr]);
  for (const stream of [child.stdout, child.stderr]) stream?.destroy();
  const failedAlone = !printed && ending.kind === 'exited' && ending.code === 1;
  return { ending, allEnded, hasStarted: !(failedAlone && launch.notStarted?.test(execution.output.text?.() ?? '')) };
}

/** All that is in a sandbox descends from it. Marks need a look into every process: seconds, while a thousand fight. */
function killTargetOf({ pid }: ChildProcess, { launch, call }: { launch: Confined; call: string }): KillTarget {
  return launch.isAround ? { group: pid, exemptFromTerm: pid } : { group: pid, call };
}

function start({ argv, env }: Confined, cwd: string): ChildProcess | string {
  const [program, ...rest] = argv;
  try {
    // A new process group, ended as a whole.
    return spawn(program, rest, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  } catch (error) {
    return sentenceOf(error);
  }
}

/**
 * Waits for the command's own end, not for the end of its output: a process that it left in the background holds the
 * pipe open for as long as it likes.
 */
function waitForEnd(child: ChildProcess, { output, ms, signal }: Execution): Promise<Ending> {
  return new Promise((resolve) => {
    const stop = (why: string) => (): void => settle({ kind: 'stopped', why });
    // Who stops a background command says why; a cancelled activity has an error for it.
    const onAbort = (): void =>
      stop(typeof signal.reason === 'string' ? signal.reason : 'cancelled: the command was ended')();
    const timer = ms && setTimeout(stop(`timeout: the command was ended after ${ms / 1000} s`), ms);
    const settle = (ending: Ending): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      resolve(ending);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('error', () => undefined);
      stream?.on('data', (chunk: Buffer) => {
        output.push(chunk);
        if (output.total > MAX_PRINTED_BYTES) stop('the command was ended because it printed more than 100 MiB')();
      });
    }
    child.once('error', (error) => settle({ kind: 'unstarted', why: sentenceOf(error) }));
    child.once('exit', (code, signal) => settle({ kind: 'exited', code, signal }));
  });
}

function problemsOf({ ending, allEnded }: CommandResult): string[] {
  return [...problemsOfEnd(ending), ...(allEnded ? [] : ['some of its processes could not be ended'])];
}

function problemsOfEnd(ending: Exclude<Ending, { kind: 'unstarted' }>): string[] {
  if (ending.kind === 'stopped') return [ending.why];
  if (ending.signal) return [`ended by signal ${ending.signal}`];
  return ending.code === 0 ? [] : [`exit code ${ending.code}`];
}
