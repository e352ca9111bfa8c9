/**
 * Runs a confined command to its end: until it ends by itself, has used its time, has printed too much, or is stopped.
 * Nothing that it started outlives it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { sentenceOf } from '../domain/errors.js';
import { type Capture, createCapture, drained } from '../processes/capture.js';
import { type KillTarget, killAll } from '../processes/kill-tree.js';
import type { Confined } from '../sandbox/sandbox.js';
import { LEFTOVERS } from './command-outcome.js';
import type { ToolContext } from './tool.js';

/** One run of a command. */
export interface Execution {
  readonly output: Pick<Capture, 'push' | 'total' | 'text'>;
  /** Undefined: it has no time limit. */
  readonly ms: number | undefined;
  readonly signal: AbortSignal;
}

export interface CommandResult {
  /** Why it counts as failed; none for exit code 0. */
  readonly problems: readonly string[];
  /** False: the sandbox did not start it, and another attempt may succeed. */
  readonly hasStarted: boolean;
  /** By its launcher. */
  readonly said: Uint8Array;
}

/** A string says why it could not be started. */
export async function runLaunched(
  launch: Confined,
  { workspace, call }: Pick<ToolContext, 'workspace' | 'call'>,
  execution: Execution,
): Promise<CommandResult | string> {
  const child = start(launch, workspace);
  if (typeof child === 'string') return child;
  const { output } = execution;
  // What a command prints comes through stdout alone. What its launcher says counts only when that is the last attempt.
  const said = createCapture();
  for (const stream of [child.stdout, child.stderr]) stream?.on('error', () => undefined);
  child.stderr?.on('data', (chunk: Buffer) => said.push(chunk));
  const ending = await waitForEnd(child, execution);
  if (ending.kind === 'unstarted') return ending.why;
  const allEnded = await killAll(killTargetOf(child, { launch, call }));
  await drained([child.stdout, child.stderr]);
  for (const stream of [child.stdout, child.stderr]) stream?.destroy();
  const failedAlone = output.total === 0 && ending.kind === 'exited' && ending.code === 1;
  return {
    problems: [...problemsOf(ending), ...(allEnded ? [] : [LEFTOVERS])],
    hasStarted: !(failedAlone && launch.notStarted?.test(said.text())),
    said: Buffer.from(said.text()),
  };
}

// ---

const MAX_PRINTED_BYTES = 100 * 1024 * 1024;

type Ending =
  | { readonly kind: 'exited'; readonly code: number | null; readonly signal: NodeJS.Signals | null }
  | { readonly kind: 'stopped'; readonly why: string }
  | { readonly kind: 'unstarted'; readonly why: string };

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
    // The one who stops a background command says why; a cancelled activity has an error for it.
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
    child.stdout?.on('data', (chunk: Buffer) => {
      output.push(chunk);
      if (output.total > MAX_PRINTED_BYTES) stop('the command was ended because it printed more than 100 MiB')();
    });
    child.once('error', (error) => settle({ kind: 'unstarted', why: sentenceOf(error) }));
    child.once('exit', (code, signal) => settle({ kind: 'exited', code, signal }));
  });
}

function problemsOf(ending: Exclude<Ending, { kind: 'unstarted' }>): string[] {
  if (ending.kind === 'stopped') return [ending.why];
  if (ending.signal) return [`ended by signal ${ending.signal}`];
  return ending.code === 0 ? [] : [`exit code ${ending.code}`];
}
