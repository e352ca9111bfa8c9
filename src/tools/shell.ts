/**
 * Runs a shell command in the workspace. Nothing that it started outlives it, keys never reach it, its output takes a
 * bounded amount of memory. It is not a sandbox: a command can do what the worker's user can.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { z } from 'zod';
import { utf8Length } from '../domain/conversation.js';
import { sentenceOf } from '../domain/errors.js';
import { FIXED } from '../domain/limits.js';
import { type Capture, createCapture } from './capture.js';
import { failed, ok } from './outcome.js';
import { CALL_MARKER, killAll, TASK_MARKER } from './processes.js';
import type { Tool, ToolContext, ToolOutcome } from './tool.js';

const MAX_SECONDS = FIXED.shellMs / 1000;
/** Linux takes no single argument over 128 KiB. */
const MAX_COMMAND_BYTES = 100 * 1024;
const MAX_PRINTED_BYTES = 100 * 1024 * 1024;
/** After the end of all its processes a pipe holds at most what the kernel buffered. */
const DRAIN_MS = 500;

const schema = z.strictObject({
  command: z
    .string()
    .min(1)
    .refine(
      (text) => utf8Length(text) <= MAX_COMMAND_BYTES,
      'at most 100 KiB are allowed; put a longer script into a file',
    )
    .refine((text) => !text.includes('\0'), 'it holds a NUL character')
    .describe('What /bin/sh -c runs, in the workspace.'),
  timeout_secs: z
    .int()
    .min(1)
    .max(MAX_SECONDS)
    .optional()
    .describe(`Seconds, 1 to ${MAX_SECONDS}. Default ${MAX_SECONDS}.`),
});

type Args = z.infer<typeof schema>;

export interface ShellOptions {
  /** The worker's environment; only a short list of harmless names is passed on. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

export function createShell({ env }: ShellOptions): Tool<Args> {
  return {
    name: 'shell',
    description:
      'Runs a command with /bin/sh -c in the workspace, without input and without a terminal. The answer is what it ' +
      'printed (both streams, at most 64 KiB: beginning and end), and [exit code N] if that is not 0. At most ' +
      `${MAX_SECONDS} s and 100 MiB of output. Background processes end with the command.`,
    schema,
    effect: 'execute',
    replay: 'unsafe',
    placement: 'activity',
    run: (args, context) => run(args, context, env),
    summary: ({ command }) => command.trim().replace(/\s+/g, ' ').slice(0, 60),
  };
}

// ---

type Ending =
  | { readonly kind: 'exited'; readonly code: number | null; readonly signal: NodeJS.Signals | null }
  | { readonly kind: 'stopped'; readonly why: string }
  | { readonly kind: 'unstarted'; readonly why: string };

async function run(args: Args, context: ToolContext, env: ShellOptions['env']): Promise<ToolOutcome> {
  if (context.signal.aborted) return failed('Cancelled before the command was started.');
  if (!(await isDirectory(context.workspace))) return failed('The workspace directory does not exist any more.');
  const child = start(args.command, context, env);
  if (typeof child === 'string') return failed(`The command could not be started: ${child}.`);
  const output = createCapture();
  const ending = await end(child, output, { ms: (args.timeout_secs ?? MAX_SECONDS) * 1000, signal: context.signal });
  if (ending.kind === 'unstarted') return failed(`The command could not be started: ${ending.why}.`);
  const gone = await killAll({ group: child.pid, call: context.call });
  await drained(child);
  return answer(ending, output, gone);
}

/** A string says why it could not be started. */
function start(
  command: string,
  { workspace, task, call }: ToolContext,
  env: ShellOptions['env'],
): ChildProcess | string {
  try {
    // Both streams through one pipe: two would lose the order in which things were printed.
    return spawn('/bin/sh', ['-c', 'exec /bin/sh -c "$1" 2>&1', 'sh', command], {
      cwd: workspace,
      env: { ...passedOn(env), [TASK_MARKER]: task, [CALL_MARKER]: call },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, to be ended as a whole.
      detached: true,
    });
  } catch (error) {
    return sentenceOf(error);
  }
}

/**
 * Waits for the command's own end, not for the end of its output: a process that it left in the background holds the
 * pipe open for as long as it likes.
 */
function end(child: ChildProcess, output: Capture, limit: { ms: number; signal: AbortSignal }): Promise<Ending> {
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

async function drained(child: ChildProcess): Promise<void> {
  const streams = [child.stdout, child.stderr].filter((stream) => stream && !stream.closed);
  const closed = streams.map((stream) => new Promise<void>((resolve) => stream?.once('close', () => resolve())));
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, DRAIN_MS);
  });
  await Promise.race([Promise.all(closed), late]);
  clearTimeout(timer);
  for (const stream of streams) stream?.destroy();
}

function answer(ending: Exclude<Ending, { kind: 'unstarted' }>, output: Capture, gone: boolean): ToolOutcome {
  const printed = output.text({
    maxBytes: FIXED.toolOutputBytes - 512,
    hint: 'send the output to a file and read that in parts',
  });
  const notes = noteOn(ending);
  if (!gone) notes.push('some of its processes could not be ended');
  if (notes.length === 0) return ok(printed || '[no output]');
  const lines = notes.map((note) => `[${note}]`).join('\n');
  return failed(printed === '' || printed.endsWith('\n') ? printed + lines : `${printed}\n${lines}`);
}

function noteOn(ending: Exclude<Ending, { kind: 'unstarted' }>): string[] {
  if (ending.kind === 'stopped') return [ending.why];
  if (ending.signal) return [`ended by signal ${ending.signal}`];
  return ending.code === 0 ? [] : [`exit code ${ending.code}`];
}

const PASSED_ON = /^(PATH|HOME|USER|LOGNAME|LANG|LC_[A-Z]+|TERM|TMPDIR|TZ|SHELL)$/;

/** A list of what may pass, not of what may not: nobody knows the names of all keys. */
function passedOn(env: ShellOptions['env']): Record<string, string | undefined> {
  const passed = Object.entries(env).filter(([name, value]) => PASSED_ON.test(name) && value !== undefined);
  return { PATH: '/usr/local/bin:/usr/bin:/bin', ...Object.fromEntries(passed) };
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}
