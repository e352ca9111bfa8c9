/**
 * Runs a shell command in the workspace. Nothing that it started outlives it, keys never reach it, its output takes a
 * bounded amount of memory. With a sandbox every command runs inside, or not at all; without one it can do what the
 * worker's user can.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { z } from 'zod';
import { utf8Length } from '../domain/conversation.js';
import { RookeryError, sentenceOf } from '../domain/errors.js';
import { FIXED } from '../domain/limits.js';
import { isDirectory } from '../files/is-directory.js';
import { type Capture, createCapture, drained } from '../processes/capture.js';
import { commandEnvironment } from '../processes/command-environment.js';
import { CALL_MARKER, type KillTarget, killAll, TASK_MARKER } from '../processes/kill-tree.js';
import { type Confined, MAX_ATTEMPTS, type Sandbox } from '../sandbox/sandbox.js';
import { readingGit } from './git-environment.js';
import { failed, ok } from './outcome.js';
import { askedNetwork, networkArgument, networkEnvironment, networkHint, networkRequest } from './shell-network.js';
import { noteOfStoppedGit } from './stopped-git.js';
import { defineTool, type Tool, type ToolContext, type ToolOutcome } from './tool.js';

const MAX_SECONDS = FIXED.shellMs / 1000;
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
    .max(MAX_SECONDS)
    .optional()
    .describe(`Seconds, 1 to ${MAX_SECONDS}. Default ${MAX_SECONDS}.`),
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
}

export function createShell(options: ShellOptions): Tool<Args> {
  return defineTool({
    name: 'shell',
    description:
      `Runs a command with /bin/sh -c in the workspace (${SHELLS}), without input and without a terminal. The answer is what it ` +
      'printed (both streams, at most 64 KiB: beginning and end), and [exit code N] if that is not 0. At most ' +
      `${MAX_SECONDS} s and 100 MiB of output. Background processes end with the command.${confinement(options)}`,
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

type Ending =
  | { readonly kind: 'exited'; readonly code: number | null; readonly signal: NodeJS.Signals | null }
  | { readonly kind: 'stopped'; readonly why: string }
  | { readonly kind: 'unstarted'; readonly why: string };

interface CommandResult {
  readonly ending: Exclude<Ending, { kind: 'unstarted' }>;
  readonly output: Capture;
  /** Nothing of it lives any more. */
  readonly allEnded: boolean;
  readonly hasStarted: boolean;
}

function confinement({ sandbox, hosts = [] }: ShellOptions): string {
  if (!sandbox) return '';
  const network =
    hosts.length === 0
      ? 'There is no network unless `network` names hosts and a person lets it'
      : `Of the network only ${hosts.join(', ')} can be reached`;
  return (
    ` It runs in a sandbox: only the workspace, a private /tmp and a home of this task can be written; homes of people are hidden except toolchains. ${network}. ` +
    'What other programs would run later (.git/config, .git/hooks, .vscode, .envrc and the like) cannot be changed; ' +
    'those that do not exist show as empty directories. Credential files (.env, keys and the like) cannot be read.'
  );
}

async function run(
  args: Args,
  context: ToolContext,
  options: ShellOptions,
  attempts = MAX_ATTEMPTS,
): Promise<ToolOutcome> {
  if (context.signal.aborted) return failed('Cancelled before the command was started.');
  if (!(await isDirectory(context.workspace))) return failed('The workspace directory no longer exists.');
  const launch = await prepare(args, context, options);
  if (typeof launch === 'string') return failed(`The command was not run. ${launch}`);
  let result: CommandResult | string;
  let hits: readonly string[] = [];
  try {
    result = await runLaunched(launch, args, context);
  } finally {
    hits = await launch.release();
  }
  if (typeof result === 'string') return failed(`The command could not be started: ${result}.`);
  const isLast = result.hasStarted || attempts === 1;
  if (!isLast) return run(args, context, options, attempts - 1);
  const printed = result.output.text();
  const stopped = options.sandbox && noteOfStoppedGit(args.command, printed);
  const missed = options.sandbox ? networkHint(args.command, { printed, hits }, options.env) : [];
  const hint = problemsOf(result.ending).length > 0 ? await launch.explain?.(printed) : undefined;
  const hidden = hint === undefined ? [] : [hint];
  return outcomeOf(result, [...hidden, ...hits, ...missed, ...(stopped === undefined ? [] : [stopped])]);
}

/** A string says why it cannot be confined. Then it is not run at all. */
async function prepare(
  { command, network, restore_protected: restoring = false }: Args,
  context: ToolContext,
  options: ShellOptions,
): Promise<Confined | string> {
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
    const whole = { ...networkEnvironment(options.env), ...env, ...(restoring ? readingGit(workspace) : {}) };
    return await sandbox.command({
      ...{ argv, cwd: workspace, workspace, secrets, hosts, env: whole, restoring, task },
      ...networkRequest({ given, asked: network }, options.env),
    });
  } catch (error) {
    return error instanceof RookeryError ? `${error.message} ${error.hint ?? ''}`.trim() : sentenceOf(error);
  }
}

/** A string says why it could not be started. */
async function runLaunched(
  launch: Confined,
  args: Args,
  { workspace, call, signal }: ToolContext,
): Promise<CommandResult | string> {
  const child = start(launch, workspace);
  if (typeof child === 'string') return child;
  const output = createCapture();
  let printed = false;
  // What a command prints comes through this pipe alone: the other one is its launcher's.
  child.stdout?.once('data', () => {
    printed = true;
  });
  const ending = await waitForEnd(child, output, { ms: (args.timeout_secs ?? MAX_SECONDS) * 1000, signal });
  if (ending.kind === 'unstarted') return ending.why;
  const allEnded = await killAll(killTargetOf(child, { launch, call }));
  await drained([child.stdout, child.stderr]);
  for (const stream of [child.stdout, child.stderr]) stream?.destroy();
  const failedAlone = !printed && ending.kind === 'exited' && ending.code === 1;
  return { ending, output, allEnded, hasStarted: !(failedAlone && launch.notStarted?.test(output.text())) };
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
function waitForEnd(child: ChildProcess, output: Capture, limit: { ms: number; signal: AbortSignal }): Promise<Ending> {
  return new Promise((resolve) => {
    const stop = (why: string) => (): void => settle({ kind: 'stopped', why });
    const onAbort = stop('cancelled: the command was ended');
    const timer = setTimeout(stop(`timeout: the command was ended after ${limit.ms / 1000} s`), limit.ms);
    const settle = (ending: Ending): void => {
      clearTimeout(timer);
      limit.signal.removeEventListener('abort', onAbort);
      resolve(ending);
    };
    limit.signal.addEventListener('abort', onAbort, { once: true });
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

function outcomeOf({ ending, output, allEnded }: CommandResult, hits: readonly string[]): ToolOutcome {
  const printed = output.text({
    maxBytes: FIXED.toolOutputBytes - 2048,
    hint: 'send the output to a file and read that in parts',
  });
  const problems = [...problemsOf(ending), ...(allEnded ? [] : ['some of its processes could not be ended'])];
  const notes = [...hits, ...problems].map((note) => `[${note}]`).join('\n');
  if (notes === '') return ok(printed || '[no output]');
  const content = printed === '' || printed.endsWith('\n') ? printed + notes : `${printed}\n${notes}`;
  return problems.length === 0 ? ok(content) : failed(content);
}

function problemsOf(ending: Exclude<Ending, { kind: 'unstarted' }>): string[] {
  if (ending.kind === 'stopped') return [ending.why];
  if (ending.signal) return [`ended by signal ${ending.signal}`];
  return ending.code === 0 ? [] : [`exit code ${ending.code}`];
}
