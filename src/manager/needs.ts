/**
 * What needs a person: calls that wait for approval, questions, and tasks that wait for something else that only a
 * person can give, such as a key, a higher limit, or the word to go on.
 */
import type { Phase } from '../domain/task.js';
import { fileNameOf } from '../domain/task-id.js';
import { CALL_WAITS, type WaitingApproval, waitingCalls } from './approvals.js';
import { askedIn } from './asked-question.js';
import { type ManagerContext, type Online, online } from './context.js';
import { describe } from './describe-workflow.js';
import { isOpenRun, unpauseOfTemporal } from './open-workflow.js';
import { queryTasks } from './query-tasks.js';
import { isUndecided } from './undecided.js';
import { rowPhase } from './workflow-state.js';

/** A question that waits for its answer. */
export interface WaitingQuestion extends WaitingApproval {
  readonly text: string;
  readonly choices: readonly string[];
}

/** A task that waits for a person, and for no call of it. */
export interface WaitingTask {
  readonly task: string;
  readonly phase: Phase;
  readonly text: string;
  /** The command that lets it go on. */
  readonly next: string;
}

export interface Needs {
  readonly approvals: readonly WaitingApproval[];
  readonly questions: readonly WaitingQuestion[];
  readonly waiting: readonly WaitingTask[];
}

/** Of one task, or of all; each list in the order of the requests. With calls that have been decided: see `undecidedOf`. */
export async function needs(context: ManagerContext, id?: string): Promise<Needs> {
  const connected = online(context);
  const [calls, waiting] = await Promise.all([waitingCalls(connected, id), waitingTasks(connected, id)]);
  return {
    approvals: calls.filter(({ kind }) => kind === undefined),
    questions: calls.filter(({ kind }) => kind === 'question').map(questionOf),
    waiting,
  };
}

/** What still needs the person. */
export function undecidedOf({ approvals, questions, waiting }: Needs): Needs {
  return { approvals: approvals.filter(isUndecided), questions: questions.filter(isUndecided), waiting };
}

export function questionOf(waiting: WaitingApproval): WaitingQuestion {
  const { question, choices } = askedIn(waiting.args);
  return { ...waiting, text: question ?? waiting.reason, choices };
}

/** The person's answer to a question with choices: the number of one stands for it. */
export function chosenAnswer({ choices }: WaitingQuestion, text: string): string {
  if (choices.includes(text)) return text;
  const number = /^\d$/.test(text.trim()) ? Number(text) : 0;
  return choices[number - 1] ?? text;
}

// ---

/** Phases that only a person ends, and the verb that does. */
const NEXT: Partial<Record<Phase, string>> = {
  waiting_person: 'resume',
  waiting_limit: 'raise',
  paused: 'unpause',
};

/** No message of ours lifts a pause of Temporal itself. */
function nextOfHeld({ status, workflowId }: Parameters<typeof rowPhase>[0]): string | undefined {
  return status === 'PAUSED' ? unpauseOfTemporal(workflowId) : undefined;
}

async function waitingTasks({ client }: Online, id?: string): Promise<WaitingTask[]> {
  const found: WaitingTask[] = [];
  const note = (row: Parameters<typeof rowPhase>[0]): void => {
    const state = rowPhase(row);
    const verb = state && !CALL_WAITS.has(state.phase) ? NEXT[state.phase] : undefined;
    if (!state || verb === undefined) return;
    const task = row.workflowId;
    const next = nextOfHeld(row) ?? `rookery ${verb} ${fileNameOf(task)}`;
    found.push({ task, phase: state.phase, text: state.reason ?? '', next });
  };
  if (id !== undefined) {
    const at = await describe(client, id);
    if (at && isOpenRun(at)) note({ ...at, status: at.status.name });
    return found;
  }
  for await (const row of queryTasks(client)) note(row);
  return found;
}
