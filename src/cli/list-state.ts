/** In which group of the list a task is, in which words, and why. Pure. */
import { isTerminal, type Status } from '../domain/task.js';
import { shortId } from '../domain/task-id.js';
import { nextTryIn } from '../domain/wait.js';
import type { ListedOverview } from '../manager/list.js';
import { NO_SERVER, type StatusDetail } from '../manager/status-object.js';

export type ListRow = ListedOverview['tasks'][number];

/** In the order of the list. */
export const LIST_GROUPS = ['needs-you', 'working', 'queued', 'failed', 'done'] as const;
export type ListGroup = (typeof LIST_GROUPS)[number];

/** What the rows of a group say that have another state than most. */
export const STATE_WORDS = ['waiting', 'stalled', 'retrying', 'paused', 'cancelled'] as const;
type StateWord = (typeof STATE_WORDS)[number];

export function groupOf({ status, detail }: Pick<ListRow, 'status' | 'detail'>): ListGroup {
  if (status === 'Failed') return 'failed';
  if (isTerminal(status)) return 'done';
  switch (stateWordOf({ status, detail })) {
    case 'waiting':
    case 'stalled':
      return 'needs-you';
    case 'paused':
      return 'queued';
    default:
      return detail.phase === 'queued' ? 'queued' : 'working';
  }
}

export function stateWordOf({ status, detail }: Pick<ListRow, 'status' | 'detail'>): StateWord | undefined {
  if (status === 'Cancelled') return 'cancelled';
  if (isTerminal(status)) return undefined;
  if (detail.phase.startsWith('waiting')) return 'waiting';
  return STATE_WORDS.find((word) => word === detail.phase);
}

/** Every word that a filter may name for this task. */
export function filterWordsOf(task: Pick<ListRow, 'status' | 'detail'>): readonly string[] {
  return [groupOf(task), stateWordOf(task), task.status.toLowerCase()].filter((word) => word !== undefined);
}

/** `promptShown`: the row has the prompt in another column. Untrusted text. */
export function whyOf(task: ListRow, promptShown: boolean): string {
  const prompt = promptShown ? '' : task.prompt;
  const word = stateWordOf(task);
  // What went wrong matters more in a short line than where.
  const text = textOf(task, prompt).replace(ADDRESS, '');
  if (word === undefined || word === 'cancelled') return word && text ? `${word}: ${text}` : (word ?? text);
  const until = nextTryIn(task.detail.reason);
  const state = until === undefined ? word : `${word} until ${until.slice(0, 16).replace('T', ' ')}`;
  // A task that waits is in a group that says so.
  if (state === 'waiting' && text !== '') return text;
  return text === '' || text.startsWith(state) ? text || state : `${state}: ${text}`;
}

// ---

const ADDRESS = / at https?:\/\/[^\s,;]+(?=\s)/;

function textOf(task: ListRow, prompt: string): string {
  const { status, detail } = task;
  if (isTerminal(status)) return ended(task, status) || prompt;
  if (task.waits !== undefined && detail.phase.startsWith('waiting')) return task.waits;
  const about = aboutText(task, prompt);
  if (detail.phase === 'queued') return detail.reason === null || detail.reason === NO_SERVER ? about : detail.reason;
  return working(detail) ? about || detail.phase : (detail.reason ?? about);
}

/** A task that was made from another one has the prompt of that one. */
function aboutText({ detail: { from, parent } }: ListRow, prompt: string): string {
  if (from === null || parent !== from.id) return prompt;
  return `${from.kind} of ${shortId(from.id)}${prompt === '' ? '' : `: ${prompt}`}`;
}

function working({ phase }: StatusDetail): boolean {
  return phase === 'thinking' || phase === 'tool';
}

function ended(task: ListRow, status: Status): string {
  const outcome = 'outcome' in task ? (task.outcome ?? '') : '';
  return outcome || (status === 'Failed' ? (task.detail.reason ?? '') : '');
}
