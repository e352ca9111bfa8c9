/**
 * Forks a task: a new task with the conversation up to and with one iteration of any task, open or ended, and what it
 * had used by then. Says which effects of later iterations stay. The source is not touched.
 */
import type { ContinuedFrom, Continues } from '../domain/continues.js';
import { openCalls } from '../domain/conversation.js';
import { RookeryError } from '../domain/errors.js';
import { type StartingPoint, startingPoint } from '../domain/starting-point.js';
import { hostIn } from '../domain/task-memo.js';
import { noteChild } from '../mirror/children.js';
import type { Adopter } from './adopt.js';
import { effectsAfterCheckpoint } from './begun-calls.js';
import { type ManagerContext, type Online, online } from './context.js';
import { describe } from './describe-workflow.js';
import { effectsOf, type PastEffect } from './effects.js';
import { filesSource, type TaskSource } from './files-source.js';
import { type Overrides, onwardInput } from './onward-input.js';
import { momentOf, type PastRun, pastRun, runBefore } from './past.js';
import { type Round, withoutSaid } from './rounds.js';
import { startChild } from './start-child.js';
import type { Submitted } from './submit.js';

export interface ForkOptions {
  /** The last iteration to take over; 0 for none. */
  readonly iteration: number;
  /** A user turn after the conversation. */
  readonly prompt?: string;
  readonly overrides?: Overrides;
  /** Settings for a task whose history and signed input are gone. */
  readonly adopt?: Adopter;
}

export interface Forked extends Submitted {
  readonly from: ContinuedFrom;
  /** Of later iterations of the source; oldest first. */
  readonly effects: readonly PastEffect[];
  /** What could not be taken over, in one sentence; null for nothing. */
  readonly lost: string | null;
}

/**
 * Throws `no_server`, `not_found`, and `bad_input` for an iteration that the task does not have, one that is its answer
 * without a prompt after it, a start that is not signed with the key here, and a limit that is reached by then.
 */
export async function fork(context: ManagerContext, id: string, options: ForkOptions): Promise<Forked> {
  const connected = online(context);
  const at = await describe(connected.client, id);
  const newest = at && (await pastRun(connected, id, at.runId));
  const { source, effects } = newest
    ? await fromHistory(connected, newest, options)
    : await fromFiles(connected, id, options);
  const { task, continues, lost } = source;
  const { created_at: _, extra: _extra, ...settings } = onwardInput(task, continues, options.overrides);
  const started = await startChild(connected, settings, {
    host: hostIn(at?.memo) ?? source.host,
    taskQueue: at?.taskQueue,
  });
  await noteChild(context.paths, id, { id: started.id, kind: 'fork', iteration: options.iteration });
  return { ...started, from: continues.from, effects, lost };
}

// ---

interface Source {
  readonly source: TaskSource;
  readonly effects: readonly PastEffect[];
}

async function fromHistory(context: Online, newest: PastRun, options: ForkOptions): Promise<Source> {
  const { iteration } = options;
  const { id } = newest;
  const latest = newest.rounds.at(-1)?.iteration ?? 0;
  if (iteration > latest)
    throw new RookeryError(
      'bad_input',
      `Task '${id}' has had ${latest} iterations, and ${iteration} is not one of them`,
    );
  const { past, round, later } = await findRound(context, newest, iteration);
  const { usage, provider, model } = round;
  const { messages, iterations, calls } = pointOf(past, round, options);
  const continues: Continues = {
    from: { id, run: past.run, iteration },
    kind: 'fork',
    ...{ messages, iterations, usage },
    elapsed_ms: Math.max(0, Math.round(round.until - past.startedAt)),
    ...(calls.length > 0 ? { calls } : {}),
    ...(provider === null ? {} : { provider }),
    ...(model === null ? {} : { model }),
  };
  const effects = await effectsOf(context, id, later);
  // What the person has changed since, such as a limit, holds for the fork of an earlier run too.
  const task = past.id === newest.id ? newest.input : past.input;
  return { source: { task, continues, host: newest.host, lost: null }, effects };
}

interface FoundRound {
  readonly past: PastRun;
  readonly round: Round;
  /** All rounds of the task after it, oldest first, and its own when its calls have no results yet. */
  readonly later: readonly Round[];
}

/** In the newest run that has it: a retry may have repeated an iteration. */
async function findRound(context: Online, newest: PastRun, iteration: number): Promise<FoundRound> {
  const later: Round[] = [];
  let past = newest;
  for (;;) {
    const before = await earlierRun(context, past, iteration);
    if (!before) break;
    if (past.id === newest.id) later.unshift(...past.rounds);
    past = before;
  }
  const found = past.rounds.findLastIndex((round) => round.iteration === iteration);
  const round = past.rounds[found];
  if (!round) throw new RookeryError('bad_input', missing(past, iteration));
  // Its own calls, when they have no results yet, belong to what comes after.
  const rest = past.rounds.slice(openCalls(round.messages).length > 0 ? found : found + 1);
  return { past, round, later: [...(past.id === newest.id ? rest : []), ...later] };
}

/** @returns the run before, when the iteration is to be taken from there; undefined to take it from this one */
async function earlierRun(context: Online, past: PastRun, iteration: number): Promise<PastRun | undefined> {
  const first = past.rounds[0]?.iteration ?? 0;
  if (iteration > first || (iteration === first && isOwnRound(past))) return undefined;
  return runBefore(context, past);
}

/** The calls of the reply with which the run began were answered in this run. */
function isOwnRound({ input, rounds }: PastRun): boolean {
  const { continues } = input;
  if (!continues || (rounds[0]?.iteration ?? 0) > continues.iterations) return true;
  return openCalls(continues.messages).length > 0;
}

function pointOf(past: PastRun, round: Round, { iteration, prompt }: ForkOptions): StartingPoint {
  const moment = momentOf(past, round);
  const messages = withoutSaid(moment.messages);
  const point = startingPoint({ ...moment, messages }, { text: prompt, sealCalls: true });
  if (point) return point;
  throw new RookeryError(
    'bad_input',
    `Iteration ${iteration} of task '${past.id}' is an answer, so nothing follows it`,
    {
      hint: 'Give a --prompt to follow it, or an earlier iteration',
    },
  );
}

async function fromFiles(context: ManagerContext, id: string, options: ForkOptions): Promise<Source> {
  const { iteration, prompt, adopt } = options;
  const source = await filesSource(context, id, { text: prompt, name: 'fork', adopt });
  const { iterations } = source.continues;
  if (iterations === iteration) return { source, effects: await effectsAfterCheckpoint(context.paths, id) };
  throw new RookeryError(
    'bad_input',
    `The history of task '${id}' is gone: only iteration ${iterations} can be forked`,
  );
}

function missing({ id, rounds }: PastRun, iteration: number): string {
  const earliest = rounds[0]?.iteration ?? 0;
  return `Iteration ${iteration} of task '${id}' is gone from Temporal: the earliest one left is ${earliest}`;
}
