/**
 * The person's decisions and answers: each is signed for what was shown, and sent until it has taken effect, or until
 * it is certain that it will.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { RookeryError } from '../domain/errors.js';
import { type Decision, MAX_ANSWER_BYTES } from '../domain/messages.js';
import { SIGNALS } from '../domain/protocol.js';
import { fileNameOf, shortId } from '../domain/task-id.js';
import { activityNameOf } from '../domain/worker-names.js';
import { type PersonDecision, signDecision } from '../signing/decisions.js';
import { type CallTarget, selectWaiting, type WaitingApproval, waitingCallsOf } from './approvals.js';
import { type ManagerContext, notFound, type Online, online, type VerbOutcome } from './context.js';
import { queryInbox } from './control.js';
import { describe } from './describe-workflow.js';

export type DecideOutcome = VerbOutcome & { readonly approval: WaitingApproval };

/** Approves or denies a call that waits for approval; a question that is named may be denied too. */
export async function decide(
  context: ManagerContext,
  target: CallTarget,
  answer: PersonDecision,
): Promise<DecideOutcome> {
  const connected = online(context);
  const waiting = await waitingOf(connected, target);
  const isFitting = ({ kind }: WaitingApproval): boolean =>
    kind === undefined || (answer.decision === 'deny' && target.call !== undefined);
  const approval = selectWaiting(target, waiting.filter(isFitting), 'approval');
  return carryOut(connected, approval, answer);
}

/** Answers a question. Throws `bad_input` for a text that is empty or too long. */
export async function answer(context: ManagerContext, target: CallTarget, text: string): Promise<DecideOutcome> {
  const connected = online(context);
  const waiting = (await waitingOf(connected, target)).filter(({ kind }) => kind === 'question');
  return answerWaiting(connected, selectWaiting(target, waiting, 'answer'), { text });
}

/** Like `answer`, to a question that is known to wait. */
export async function answerWaiting(
  connected: Online,
  question: WaitingApproval,
  { id, text }: { readonly id?: string; readonly text: string },
): Promise<DecideOutcome> {
  const size = Buffer.byteLength(text);
  if (text.trim() === '') throw new RookeryError('bad_input', 'The answer is empty', { hint: 'Give it as words' });
  if (size > MAX_ANSWER_BYTES) {
    const most = `${MAX_ANSWER_BYTES / 1024} KiB`;
    throw new RookeryError('bad_input', `The answer has ${size} bytes, more than ${most}`, {
      hint: 'Put it into a file of the workspace, and name the file',
    });
  }
  return carryOut(connected, question, { id, decision: 'answer', text });
}

// ---

const POLL_MS = 100;
const RESEND_MS = 3_000;
const EFFECT_TIMEOUT_MS = 15_000;
/** A worker that has begun to act on a decision refuses it within this time, if it does. */
const REFUSED_WITHIN_MS = 1_500;
/** The server's number for this state of a pending activity. */
const ACTIVITY_STARTED = 2;

const SAID: Readonly<Record<Decision['decision'], string>> = {
  approve: 'approved',
  deny: 'denied',
  answer: 'answered',
  judge: 'judged again',
};

async function waitingOf(connected: Online, { id }: CallTarget): Promise<readonly WaitingApproval[]> {
  if (!(await describe(connected.client, id))) throw notFound(id);
  return waitingCallsOf(connected, id);
}

async function carryOut(connected: Online, approval: WaitingApproval, given: PersonDecision): Promise<DecideOutcome> {
  const { task: id, call } = approval;
  const decision = signDecision(connected.signer, id, approval, given);
  const handle = connected.client.workflow.getHandle(id);
  const said = `${SAID[given.decision]}: ${approval.tool}`;
  const done = (message: string): DecideOutcome => ({ id, ok: true, status: 'Running', message, call, approval });
  const deadline = Date.now() + EFFECT_TIMEOUT_MS;
  let sent = 0;
  let arrived: number | undefined;
  for (;;) {
    // Repeated from time to time: a flood of forged decisions may have displaced ours.
    if (arrived === undefined && Date.now() >= sent + RESEND_MS) {
      await handle.signal(SIGNALS.decide, decision);
      sent = Date.now();
    }
    await pause(POLL_MS);
    const waiting = await waitingCallsOf(connected, id);
    const now = waiting.find((one) => one.call === call);
    if (!now) return done(said);
    const place = placeOf(decision, now);
    arrived = place === undefined ? undefined : (arrived ?? Date.now());
    const isSettled = arrived !== undefined && Date.now() >= arrived + REFUSED_WITHIN_MS;
    if (isSettled && place === 'taken' && (await isRunning(connected, id))) return done(`${said}; it is running`);
    if (isSettled && place === 'taken' && (await isPaused(connected, id)))
      return done(`${said}; it counts when the task is unpaused`);
    if (isSettled && place === 'queued' && now.taken) throw await decidedBefore(connected, now);
    if (isSettled && place === 'queued' && isBehind(now, waiting))
      return done(`${said}; it runs when the calls before it are decided`);
    if (Date.now() < deadline) continue;
    const isNew = now.refused !== null && now.refused !== approval.refused;
    throw noEffect(id, isNew ? (now.refused ?? '') : 'no worker has processed it yet');
  }
}

function placeOf({ id }: Decision, { taken, queued = [] }: WaitingApproval): 'taken' | 'queued' | undefined {
  if (taken === id) return 'taken';
  return queued.includes(id) ? 'queued' : undefined;
}

/** Calls of one reply that change something run in the order of the model. */
function isBehind({ call }: WaitingApproval, waiting: readonly WaitingApproval[]): boolean {
  return waiting.findIndex((one) => one.call === call) > 0;
}

async function isPaused({ client }: Online, id: string): Promise<boolean> {
  return (await queryInbox(client, id))?.paused != null;
}

async function isRunning({ client }: Online, id: string): Promise<boolean> {
  const { pendingActivities = [] } = (await describe(client, id))?.raw ?? {};
  return (pendingActivities ?? []).some(
    ({ activityType, state }) => activityNameOf(activityType?.name) === 'runTool' && state === ACTIVITY_STARTED,
  );
}

/** This one is kept: it counts if the worker refuses the first. */
async function decidedBefore(connected: Online, { task: id, call, tool }: WaitingApproval): Promise<RookeryError> {
  const isHeld = await isPaused(connected, id);
  const stand = isHeld ? 'that decision counts when the task is unpaused' : 'that decision is being carried out';
  return new RookeryError(
    'wrong_status',
    `Call ${shortId(call)} (${tool}) of task '${id}' has been decided already, and ${stand}`,
    {
      hint: isHeld
        ? `Run \`rookery unpause ${fileNameOf(id)}\``
        : 'See `rookery status`; `rookery cancel` stops the task',
    },
  );
}

function noEffect(id: string, reason: string): RookeryError {
  return new RookeryError('environment', `The decision on task '${id}' has had no effect so far: ${reason}`, {
    hint: 'It counts as soon as a worker runs; see `rookery status`',
  });
}
