/**
 * Runs an unsafe call at most once, even when its activity is retried, reset or unpaused: the claim on disk decides.
 * The result is stored next to the claim. Checks no permission.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import type { Call } from '../src/domain/conversation.js';
import { onceDiskHasSpace } from '../src/domain/disk-full.js';
import { isDiskFull } from '../src/domain/errors.js';
import type { Observation } from '../src/domain/tool.js';
import type { Claim } from '../src/tools/claims.js';
import type { Tool } from '../src/tools/tool.js';
import type { AdmittedTask } from './admission.js';
import { contextOf, noteCall, perform } from './execute-tool.js';
import type { HeartbeatState } from './heartbeat.js';
import type { ActivityDeps } from './ports.js';
import { isOriginalChain } from './restart-check.js';
import { serverOrigins } from './run-origin.js';
import { SharedWork } from './shared-work.js';

/** A call that may run, with its parsed arguments. */
export interface ReadyCall {
  readonly deps: ActivityDeps;
  readonly task: AdmittedTask;
  readonly call: Call;
  readonly tool: Tool;
  readonly args: unknown;
  readonly live: HeartbeatState;
  /** Of the reply that requested it. */
  readonly iteration?: number | undefined;
  /** Milliseconds that a command of it may take. */
  readonly maxCommandMs?: number;
  /** It was requested when another host had the task: claims of that time are there. */
  readonly inherited: boolean;
}

export type AtMostOnce = (run: ReadyCall) => Promise<Observation>;

export function createAtMostOnce(): AtMostOnce {
  const calls = new SharedWork<Observation>({ outlivesRun: true });
  return (run) => {
    // A second attempt may follow one that died before its claim was on disk, or that was paused: it never runs the call.
    const isFirstAttempt = Context.current().info.attempt === 1;
    return calls.join({ slot: run.call.id, live: run.live }, async (signal) => {
      const observation = await claimAndRun(run, isFirstAttempt, signal);
      signal.throwIfAborted();
      return observation;
    });
  };
}

// ---

const DISK_RETRY_MS = 500;

async function claimAndRun(run: ReadyCall, isFirst: boolean, signal: AbortSignal): Promise<Observation> {
  const { deps, task, call } = run;
  const isFirstAttempt = isFirst && !(run.inherited && (await mayHaveRunBefore()));
  // Both must be on disk before the call runs; writing them one after the other would take twice as long.
  let note: Promise<void> | undefined;
  const meanwhile = (): Promise<void> => {
    note ??= noteCall(deps, task, run);
    return note;
  };
  // Nothing has run before the claim is on disk, so a full disk delays the call and does not fail it, as with the files
  // of the task. The time limit of the activity begins the wait anew.
  const claim = await onceDiskHasSpace(
    () => deps.claims.claim(task.id, call.id, isFirstAttempt ? meanwhile : undefined),
    () => pause(DISK_RETRY_MS, true, { signal }),
  );
  if (claim.kind !== 'fresh' || !isFirstAttempt) {
    return (await resultOfOwner(run, claim, signal)) ?? settleInterrupted(run, signal);
  }
  const observation = await perform(deps, task, { ...run, signal });
  const result = signal.aborted ? unknownOutcome(call, observation.content) : observation;
  await keepResult(run, result);
  return result;
}

/** Without it a later attempt reports "outcome unknown"; this one knows the outcome, and reports it. */
async function keepResult({ deps, task, call }: ReadyCall, result: Observation): Promise<void> {
  await deps.claims.finish(task.id, call.id, result).catch((error: unknown) => {
    if (!isDiskFull(error)) throw error;
  });
}

/** A run that a Reset made repeats calls of the run before, whose claims are on the host that the task has left. */
export async function mayHaveRunBefore(): Promise<boolean> {
  const { workflowId = '', runId = '' } = Context.current().info.workflowExecution ?? {};
  return !(await isOriginalChain(serverOrigins, workflowId, runId));
}

/** Another process may still run the call. Its result counts, so it is awaited while that process lives. */
async function resultOfOwner({ deps, task, call }: ReadyCall, first: Claim, signal: AbortSignal) {
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

async function settleInterrupted(run: ReadyCall, signal: AbortSignal): Promise<Observation> {
  const { deps, task, call, tool, args } = run;
  await deps.tools.killLeftovers(call.id);
  const probed = await tool.probe?.(args, contextOf(deps, task, { call, signal }));
  const observation: Observation = probed
    ? { call: call.id, outcome: probed.outcome, content: deps.redact(probed.content) }
    : unknownOutcome(call, '');
  await keepResult(run, observation);
  return observation;
}

export function unknownOutcome(call: Call, output: string): Observation {
  const outputPart = output === '' ? '' : `\nIts output until then:\n${output}`;
  const content = `Interrupted, outcome unknown: '${call.name}' was started and stopped before its end was recorded. Check what it did before you repeat it.${outputPart}`;
  return { call: call.id, outcome: 'unknown', content };
}
