/**
 * The past of a task, from Temporal: what a run did, and the runs before it, over continue-as-new and over runs that were
 * continued after their end. Only of a start that was signed with the key here: to go on from another one would sign
 * what another person wrote. Reads; starts nothing.
 */
import { raisedBy, toRaiseMessage } from '../domain/control.js';
import { RookeryError } from '../domain/errors.js';
import { DEFAULT_LIMITS, DEFAULT_SYSTEM_PROMPT } from '../domain/limits.js';
import { openingOf } from '../domain/payloads.js';
import { SIGNALS, type TaskInput, WORKFLOW_TYPE } from '../domain/protocol.js';
import type { Moment } from '../domain/starting-point.js';
import { fileNameOf } from '../domain/task-id.js';
import { GRPC, grpcCode } from '../server/connect.js';
import type { Online } from './context.js';
import { foldedHistory } from './rebuild.js';
import type { Round, Rounds } from './rounds.js';
import { startedEvent } from './workflow-start.js';

/** One run of a task. */
export interface PastRun {
  readonly id: string;
  readonly run: string;
  /** As it was signed, with the limits that were raised since. */
  readonly input: TaskInput;
  /** Name of the host that has the files and the workspace; null: none is known. */
  readonly host: string | null;
  /** Oldest first; the first one is what the run began with. */
  readonly rounds: readonly Round[];
  /** When the time of the task began, in milliseconds since 1970. */
  readonly startedAt: number;
  /** When it was submitted, in microseconds since 1970. */
  readonly created: number | undefined;
}

/** @returns undefined when Temporal does not have that run (any more). Throws `bad_input` for an unsigned start. */
export async function pastRun(context: Online, id: string, run: string): Promise<PastRun | undefined> {
  const { client, signer } = context;
  const folded = await foldedHistory(client, id, run).catch(ignoringAbsence);
  if (!folded?.newest) return undefined;
  const { input, host, record } = folded.newest;
  if (signer.verifyAgent(id, input)) {
    throw new RookeryError('wrong_status', `Task '${id}' is a part of a workflow of yours, which alone continues it`);
  }
  if (!signer.verifyStart(id, input)) {
    throw new RookeryError('bad_input', `The start of task '${id}' is not signed with the key here`, {
      hint: 'Submit its prompt again, if you trust it',
    });
  }
  const { all: rounds, startedAt } = folded.rounds;
  const limits = limitsOf(context, id, { input, ...folded });
  return { id, run, input: { ...input, ...limits }, host, rounds, startedAt, created: record.created_at };
}

/**
 * The run before: that which this one continues as new, or after its end. @returns undefined when there is none, or
 * Temporal does not have it any more
 */
export async function runBefore(context: Online, past: PastRun): Promise<PastRun | undefined> {
  const { id, run: runId } = past;
  const started = await startedEvent(context.client, { workflowId: id, runId });
  if (started?.workflowType?.name !== WORKFLOW_TYPE) return undefined;
  const { continuedExecutionRunId: before } = started;
  if (before) return pastRun(context, id, before);
  const { from, kind } = past.input.continues ?? {};
  if (from?.run === undefined || kind === 'rerun') return undefined;
  return pastRun(context, from.id, from.run);
}

/** The state of a run after one of its rounds. */
export function momentOf({ input }: Pick<PastRun, 'input'>, round: Round): Moment {
  const { messages, iteration, judged, sent, finish } = round;
  const opening = openingOf(input, DEFAULT_SYSTEM_PROMPT).length;
  const trusted = Date.now() - CLAIMS_TRUSTED_MS;
  const calls = [...sent].map(([call, { left, at }]) => [call, { left: left || at < trusted }] as const);
  return { messages, opening, iterations: iteration, judged, sent: new Map(calls), ...(finish ? { finish } : {}) };
}

export function missingHistory(id: string): RookeryError {
  return new RookeryError('not_found', `Temporal has no history of task '${id}' any more`, {
    hint: `Run \`rookery rerun ${fileNameOf(id)}\` to begin it anew`,
  });
}

// ---

/** A raise counts when it is signed with the key here, as it did for the task. */
function limitsOf(
  { signer }: Online,
  id: string,
  { input, rounds }: { readonly input: TaskInput; readonly rounds: Rounds },
): Pick<TaskInput, 'limits'> {
  let raised = rounds.raised;
  for (const raw of rounds.raises) {
    const raise = toRaiseMessage(raw);
    if (!raise || !signer.verifyMessage(id, SIGNALS.raise, raise)) continue;
    raised = { ...raised, ...raisedBy({ ...DEFAULT_LIMITS, ...input.limits, ...raised }, raise.limits) };
  }
  return Object.keys(raised).length === 0 ? {} : { limits: { ...input.limits, ...raised } };
}

/** After half the time for which claims are kept, a call that may have been started counts as started. */
const CLAIMS_TRUSTED_MS = 15 * 86_400_000;

function ignoringAbsence(error: unknown): undefined {
  if (grpcCode(error) === GRPC.notFound) return undefined;
  throw error;
}
