/**
 * Runs an unsafe call at most once, even when its activity is retried, reset or unpaused: the claim on disk decides.
 * The result is stored next to the claim. Checks no permission.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import type { Call } from '../src/domain/conversation.js';
import type { Observation } from '../src/domain/tool.js';
import type { Claim } from '../src/tools/claims.js';
import type { Tool } from '../src/tools/tool.js';
import type { AdmittedTask } from './admission.js';
import { contextOf, noteCall, perform } from './execute-tool.js';
import { interruption } from './failure.js';
import type { ActivityDeps } from './ports.js';

/** A call that may run, with its parsed arguments. */
export interface UnsafeCall {
  readonly deps: ActivityDeps;
  readonly task: AdmittedTask;
  readonly call: Call;
  readonly tool: Tool;
  readonly args: unknown;
}

export type AtMostOnce = (run: UnsafeCall) => Promise<Observation>;

export function createAtMostOnce(): AtMostOnce {
  /** The unsafe calls that run in this process. */
  const ongoingCalls = new Map<string, Ongoing>();
  return (run) => awaitCall(ongoingCalls.get(run.call.id) ?? startCall(run, ongoingCalls));
}

// ---

interface Ongoing {
  readonly work: Promise<Observation>;
  readonly stop: AbortController;
  /** Attempts that the server still knows, as far as this process can tell. */
  attempts: number;
}

/** How long after a reset of the workflow its new run may request the call again. */
const SUCCESSOR_TIMEOUT_MS = 5_000;

/**
 * Registers the call here before its claim is on disk, so that a concurrent attempt does not take it for an interrupted
 * one.
 */
function startCall(run: UnsafeCall, ongoingCalls: Map<string, Ongoing>): Ongoing {
  const { call } = run;
  // A second attempt may follow one that died before its claim was on disk, or that was paused: it never runs the call.
  const isFirstAttempt = Context.current().info.attempt === 1;
  const stop = new AbortController();
  const work = claimAndRun(run, isFirstAttempt, stop.signal).finally(() => ongoingCalls.delete(call.id));
  const ongoing = { work, stop, attempts: 0 };
  ongoingCalls.set(call.id, ongoing);
  return ongoing;
}

async function claimAndRun(run: UnsafeCall, isFirstAttempt: boolean, signal: AbortSignal): Promise<Observation> {
  const { deps, task, call } = run;
  // Both must be on disk before the call runs; writing them one after the other would take twice as long.
  const meanwhile = isFirstAttempt ? () => noteCall(deps, task, run) : undefined;
  const claim = await deps.claims.claim(task.id, call.id, meanwhile);
  if (claim.kind !== 'fresh' || !isFirstAttempt) {
    return (await resultOfOwner(run, claim, signal)) ?? settleInterrupted(run, signal);
  }
  const observation = await perform(deps, task, { ...run, signal });
  const result = signal.aborted ? unknownOutcome(call, observation.content) : observation;
  await deps.claims.finish(task.id, call.id, result);
  return result;
}

/**
 * Waits for the call, and stops it when this attempt is cancelled. A pause or a reset does not stop an unsafe tool. An
 * attempt that the server has forgotten may have a successor, after a reset of the workflow or a long sleep of the
 * machine: the tool keeps running for as long as a successor can arrive.
 */
async function awaitCall(ongoing: Ongoing): Promise<Observation> {
  const context = Context.current();
  const signal = context.cancellationSignal;
  const onAbort = (): void => {
    const { cancelRequested, paused, reset, notFound } = context.cancellationDetails ?? {};
    if (cancelRequested || !(paused || reset || notFound)) ongoing.stop.abort(signal.reason);
    else if (notFound && --ongoing.attempts === 0) stopWithoutSuccessor();
  };
  const stopWithoutSuccessor = (): void => {
    setTimeout(() => ongoing.attempts === 0 && ongoing.stop.abort(signal.reason), SUCCESSOR_TIMEOUT_MS).unref();
  };
  ongoing.attempts++;
  signal.addEventListener('abort', onAbort);
  if (signal.aborted) onAbort();
  try {
    const observation = await ongoing.work;
    ongoing.stop.signal.throwIfAborted();
    return observation;
  } catch (error) {
    throw ongoing.stop.signal.aborted ? interruption(error) : error;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** Another process may still run the call. Its result counts, so it is awaited while that process lives. */
async function resultOfOwner({ deps, task, call }: UnsafeCall, first: Claim, signal: AbortSignal) {
  let claim = first;
  for (;;) {
    if (claim.kind === 'finished') return claim.observation;
    const owner = claim.kind === 'interrupted' ? claim.owner : undefined;
    const alive = owner !== undefined && owner.pid !== process.pid && deps.tools.isAlive(owner);
    if (alive) await pause(200, undefined, { signal });
    // Read again even when the process is dead: it may have finished after the first read.
    claim = await deps.claims.claim(task.id, call.id);
    if (!alive && claim.kind !== 'finished') return undefined;
  }
}

async function settleInterrupted(
  { deps, task, call, tool, args }: UnsafeCall,
  signal: AbortSignal,
): Promise<Observation> {
  await deps.tools.killLeftovers(call.id);
  const probed = await tool.probe?.(args, contextOf(deps, task, { call, signal }));
  const observation: Observation = probed
    ? { call: call.id, outcome: probed.outcome, content: deps.redact(probed.content) }
    : unknownOutcome(call, '');
  await deps.claims.finish(task.id, call.id, observation);
  return observation;
}

function unknownOutcome(call: Call, output: string): Observation {
  const outputPart = output === '' ? '' : `\nIts output until then:\n${output}`;
  const content = `Interrupted, outcome unknown: '${call.name}' was started and stopped before its end was recorded. Check what it did before you repeat it.${outputPart}`;
  return { call: call.id, outcome: 'unknown', content };
}
