/**
 * A message to a task that asks its person one question is the answer to it. The client decides that, not the task: an
 * answer is signed for the question that its sender has seen, and a message that was sent before a question answers none.
 */
import { RookeryError } from '../domain/errors.js';
import { fileNameOf, shortId } from '../domain/task-id.js';
import type { WorkflowDescription } from '../server/temporal-client.js';
import { CALL_WAITS, waitingCallsOf } from './approvals.js';
import type { Online } from './context.js';
import { isGone, queryInbox } from './control.js';
import { answerWaiting } from './decide.js';
import { isPolled } from './host-state.js';
import { chosenAnswer, questionOf, type WaitingQuestion } from './needs.js';
import { type Receipt, receiptIn, receiptOf } from './receipt.js';
import { memoPhase } from './workflow-state.js';

/**
 * Throws `ambiguous` when several questions wait.
 * @returns undefined when the message answers none: it is to be sent as one
 */
export async function answerOpenQuestion(
  connected: Online,
  at: WorkflowDescription,
  said: Said,
): Promise<Receipt | undefined> {
  const id = at.workflowId;
  const asked = (await questionsOf(connected, at)) ?? [];
  if (asked.length === 0) return undefined;
  // It may have been sent before, also before the question was asked.
  const known = await stateOf(connected, id, said);
  if (known.receipt) return known.receipt;
  const repeated = asked.find((question) => isAnsweredBy(question, said));
  if (repeated) return acceptedFor(repeated, known, said);
  const [question, ...others] = asked.filter(({ taken, queued = [] }) => !taken && queued.length === 0);
  if (!question) return undefined;
  if (others.length > 0) throw severalQuestions(id, [question, ...others]);
  const text = chosenAnswer(question, said.text);
  if ((await answered(connected, question, { id: said.message, text })) === 'ended') return undefined;
  const now = await stateOf(connected, id, said);
  if (now.receipt) return answeredBy(now.receipt, question);
  const open = await questionsOf(connected, at);
  if (!open || open.some(({ call }) => call === question.call)) return acceptedFor(question, now, said);
  // It was answered since the last look: by this, or by another answer that came first.
  const { receipt } = await stateOf(connected, id, said);
  return receipt && answeredBy(receipt, question);
}

// ---

interface Said {
  readonly text: string;
  readonly message: string;
}

interface Known {
  readonly receipt?: Receipt | undefined;
  readonly isPaused: boolean;
}

async function stateOf({ client }: Online, id: string, { message }: Said): Promise<Known> {
  const answer = await queryInbox(client, id);
  const found = answer && receiptIn(answer, message);
  return { receipt: found && receiptOf(id, found), isPaused: answer?.paused != null };
}

/** Those that wait; undefined when no worker answers. */
async function questionsOf(connected: Online, at: WorkflowDescription): Promise<WaitingQuestion[] | undefined> {
  const { phase = 'thinking' } = memoPhase(at.memo) ?? {};
  if (!CALL_WAITS.has(phase) && phase !== 'paused') return [];
  if (!(await isPolled(connected.client, at.taskQueue))) return undefined;
  const waiting = await waitingCallsOf(connected, at.workflowId, QUERY_MS).catch(() => undefined);
  return waiting?.filter(({ kind }) => kind === 'question').map(questionOf);
}

/** `sent`: the server has the answer, and a worker may verify it later. */
async function answered(
  connected: Online,
  question: WaitingQuestion,
  answer: { readonly id: string; readonly text: string },
): Promise<'sent' | 'ended'> {
  try {
    await answerWaiting(connected, question, answer);
  } catch (error) {
    if (isGone(error)) return 'ended';
    if (!(error instanceof RookeryError && error.code === 'environment')) throw error;
  }
  return 'sent';
}

function isAnsweredBy({ taken, queued = [] }: WaitingQuestion, { message }: Said): boolean {
  return taken === message || queued.includes(message);
}

function answeredBy(receipt: Receipt, question: WaitingQuestion): Receipt {
  return { ...receipt, reason: `it answered ${nameOf(question)}`, question: question.call };
}

function acceptedFor(question: WaitingQuestion, { isPaused }: Known, { message }: Said): Receipt {
  const when = isPaused ? 'the task is unpaused' : 'a worker has verified it';
  const reason = `it answers ${nameOf(question)} when ${when}`;
  return { id: question.task, message, state: 'accepted', iteration: null, reason, question: question.call };
}

function nameOf({ call }: WaitingQuestion): string {
  return `question ${shortId(call)}`;
}

const QUERY_MS = 3_000;

function severalQuestions(id: string, open: readonly WaitingQuestion[]): RookeryError {
  const name = fileNameOf(id);
  const calls = open.map(({ call }) => shortId(call)).join(', ');
  return new RookeryError('ambiguous', `${open.length} questions of task '${id}' wait for an answer: ${calls}`, {
    hint: `\`rookery answer ${name} QUESTION TEXT\` answers one of them, \`rookery send ${name} --queue TEXT\` sends a message`,
  });
}
