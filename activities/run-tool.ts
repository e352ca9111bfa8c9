/**
 * One call as an activity of its own. A safe tool just runs. An unsafe one runs at most once per accepted call: the claim
 * on disk decides, whatever retried, reset or unpaused this activity. Its result is kept beside the claim.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { type Call, lastReply, type Message } from '../src/domain/conversation.js';
import type { RunToolInput, RunToolResult } from '../src/domain/protocol.js';
import type { Observation } from '../src/domain/tool.js';
import type { Claim } from '../src/tools/claims.js';
import { beside } from './beside.js';
import type { ActivityDeps } from './deps.js';
import type { Admitted } from './door.js';
import { contextOf, execute, prepare } from './execute.js';
import { interruption } from './failure.js';
import { hear } from './hear.js';
import { attended } from './heartbeat.js';
import type { Shared } from './shared.js';

export function createRunTool(deps: ActivityDeps, shared: Shared) {
  const here = new Map<string, Ongoing>();
  return async function runTool(input: RunToolInput, ...groups: Message[][]): Promise<RunToolResult> {
    return attended(deps, async (live) => {
      const heard = await hear(deps, shared, { input, groups });
      if (heard.kind !== 'heard') return heard;
      const { task, messages } = heard;
      const call = lastReply(messages)?.calls?.find(({ id }) => id === input.call);
      if (!call) throw ApplicationFailure.nonRetryable(`The last reply requests no call ${input.call}.`, 'NoSuchCall');
      return beside(shared, { ...heard, record: input.record, live }, async () => ({
        kind: 'ran',
        observation: await runOne({ deps, task, call, here }),
      }));
    });
  };
}

// ---

interface Run {
  readonly deps: ActivityDeps;
  readonly task: Admitted;
  readonly call: Call;
  /** The unsafe calls that run in this process now. */
  readonly here: Map<string, Ongoing>;
}

interface Ongoing {
  readonly work: Promise<Observation>;
  readonly stop: AbortController;
  /** Attempts that the server still knows, as far as we do. */
  waiting: number;
}

/** How long after a reset of the workflow its new run asks for the call again. */
const SUCCESSOR_MS = 5_000;

async function runOne(run: Run): Promise<Observation> {
  const { deps, task, call } = run;
  const prepared = prepare(deps, task, call);
  if (prepared.kind === 'refused') return prepared.observation;
  const signal = Context.current().cancellationSignal;
  if (prepared.tool.replay === 'unsafe') return runOnce(run);
  const observation = await execute(deps, task, { call, signal });
  if (signal.aborted) throw interruption(undefined);
  return observation;
}

async function runOnce(run: Run): Promise<Observation> {
  return attend(run.here.get(run.call.id) ?? begin(run));
}

/** Known here before its claim is on disk: an attempt that comes meanwhile must not take it for an interrupted one. */
function begin(run: Run): Ongoing {
  const { call, here } = run;
  // A second attempt may follow one that died before its claim was on disk, or was paused in the middle: never again.
  const mayRun = Context.current().info.attempt === 1;
  const stop = new AbortController();
  const work = claimAndRun(run, mayRun, stop.signal).finally(() => here.delete(call.id));
  const ongoing = { work, stop, waiting: 0 };
  here.set(call.id, ongoing);
  return ongoing;
}

async function claimAndRun(run: Run, mayRun: boolean, signal: AbortSignal): Promise<Observation> {
  const { deps, task, call } = run;
  const claim = await deps.claims.claim(task.id, call.id);
  if (claim.kind !== 'fresh' || !mayRun) {
    return (await resultOfOwner(run, claim, signal)) ?? settleInterrupted(run, signal);
  }
  const observation = await execute(deps, task, { call, signal });
  const result = signal.aborted ? interrupted(call, observation) : observation;
  await deps.claims.finish(task.id, call.id, result);
  return result;
}

/**
 * Waits for the call, and stops it when this attempt is cancelled. A pause or a reset is no reason to stop an unsafe tool
 * half-way. An attempt that the server has forgotten may have a successor, after a reset of the workflow or a long sleep
 * of this machine: the tool goes on for as long as one can come.
 */
async function attend(ongoing: Ongoing): Promise<Observation> {
  const context = Context.current();
  const signal = context.cancellationSignal;
  const onAbort = (): void => {
    const { cancelRequested, paused, reset, notFound } = context.cancellationDetails ?? {};
    if (cancelRequested || !(paused || reset || notFound)) ongoing.stop.abort(signal.reason);
    else if (notFound && --ongoing.waiting === 0) stopWithoutSuccessor();
  };
  const stopWithoutSuccessor = (): void => {
    setTimeout(() => ongoing.waiting === 0 && ongoing.stop.abort(signal.reason), SUCCESSOR_MS).unref();
  };
  ongoing.waiting++;
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

/** Another process may still run the call: its result counts, so it is awaited as long as that process lives. */
async function resultOfOwner({ deps, task, call }: Run, first: Claim, signal: AbortSignal) {
  let claim = first;
  for (;;) {
    if (claim.kind === 'finished') return claim.observation;
    const owner = claim.kind === 'interrupted' ? claim.owner : undefined;
    const alive = owner !== undefined && owner.pid !== process.pid && deps.tools.isAlive(owner);
    if (alive) await pause(200, undefined, { signal });
    // Read again also when it is dead: it may have finished between the first look and its end.
    claim = await deps.claims.claim(task.id, call.id);
    if (!alive && claim.kind !== 'finished') return undefined;
  }
}

async function settleInterrupted({ deps, task, call }: Run, signal: AbortSignal): Promise<Observation> {
  await deps.tools.killLeftovers(call.id);
  const prepared = prepare(deps, task, call);
  const probed =
    prepared.kind === 'ready'
      ? await prepared.tool.probe?.(prepared.args, contextOf(deps, task, { call, signal }))
      : undefined;
  const observation: Observation = probed ? { call: call.id, ...probed } : unknown(call, '');
  await deps.claims.finish(task.id, call.id, observation);
  return observation;
}

function interrupted(call: Call, { content }: Observation): Observation {
  return unknown(call, content);
}

function unknown(call: Call, output: string): Observation {
  const said = output === '' ? '' : `\nIts output until then:\n${output}`;
  const content = `Interrupted, outcome unknown: '${call.name}' was started and stopped before its end was recorded. Check what it did before you repeat it.${said}`;
  return { call: call.id, outcome: 'unknown', content };
}
