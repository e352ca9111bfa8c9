/** What a person is told of a task: the events that the workflow sends, and the notice that a notifier gets. Pure. */
import { fileNameOf, firstLine } from './task-id.js';

/** Every kind of notice. */
export const NOTICE_TYPES = ['done', 'failed', 'cancelled', 'needs_you', 'stalled', 'limit'] as const;
export type NoticeType = (typeof NOTICE_TYPES)[number];

/** Told unless the settings name others: a cancel is a person's own act. */
export const USUAL_NOTICES: readonly NoticeType[] = NOTICE_TYPES.filter((type) => type !== 'cancelled');

/** Without a change for so long, a task counts as stalled, where no setting says otherwise. */
export const STALLED_MS = 15 * 60_000;

/** What the task waits for: a decision on a call, an answer, a higher limit, or a fix, such as of a key. */
export type NeedKind = 'approval' | 'question' | 'limit' | 'person';

/** What has happened. `id`: the same when it is told again. */
export type NoticeEvent =
  | { readonly type: 'done'; readonly id: string; readonly result: string }
  | { readonly type: 'failed'; readonly id: string; readonly error: string }
  | { readonly type: 'cancelled'; readonly id: string; readonly reason: string }
  /** `call`: of an approval. */
  | {
      readonly type: 'needs_you';
      readonly id: string;
      readonly need: NeedKind;
      readonly reason: string;
      readonly call?: string;
      /** Of a limit: the option of `rookery raise`. */
      readonly raise?: string;
    }
  /** Nothing of the task moves. */
  | { readonly type: 'stalled'; readonly id: string; readonly reason: string }
  /** Most of a limit is used. `raise`: the option of `rookery raise`. */
  | { readonly type: 'limit'; readonly id: string; readonly reason: string; readonly raise: string };

/** What all notices have. */
export interface NoticeBase {
  /** Of the event: the same when it is told again. */
  readonly id: string;
  /** Id of the task. */
  readonly task: string;
  /** The name of the task; without one, the first line of the prompt. */
  readonly title: string;
  /** ISO 8601. */
  readonly at: string;
  /** The command that answers, or shows more. */
  readonly command: string;
  /** All of it as one sentence and the command, for a person. */
  readonly text: string;
}

/**
 * Later versions add types: ignore those that you do not know. `needs_you`: the task waits for a person; `call`: for the
 * approval of this one.
 */
export type TaskNotice = NoticeEvent & NoticeBase;

/** Where an event comes from. */
export interface EventSource {
  /** Id of the task. */
  readonly task: string;
  readonly prompt: string;
  /** Where one was given. */
  readonly name?: string | undefined;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Removes secrets. */
  readonly redact: (text: string) => string;
}

export function noticeOf(event: NoticeEvent, { task, prompt, name, at, redact }: EventSource): TaskNotice {
  const title = redact(name ?? firstLine(prompt));
  const command = commandFor(event, fileNameOf(task));
  const safe = withRedacted(event, redact);
  const text = `${withoutPeriod(title)}: ${sentenceFor(safe)}. ${command}`;
  return { ...safe, task, title, at: new Date(at).toISOString(), command, text };
}

/** The start of an answer or an error: a notice is short, and history holds what the workflow sends. */
export function noticeText(text: string): string {
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

// ---

const MAX_TEXT = 2_000;
const SENTENCE_LENGTH = 300;

function withRedacted(event: NoticeEvent, redact: (text: string) => string): NoticeEvent {
  if (event.type === 'done') return { ...event, result: redact(event.result) };
  if (event.type === 'failed') return { ...event, error: redact(event.error) };
  return { ...event, reason: redact(event.reason) };
}

function sentenceFor(event: NoticeEvent): string {
  if (event.type === 'done') return `done: ${shortLine(event.result)}`;
  if (event.type === 'failed') return `failed: ${shortLine(event.error)}`;
  return `${WORDS[event.type]}: ${shortLine(event.reason)}`;
}

function shortLine(text: string): string {
  return withoutPeriod(firstLine(text, SENTENCE_LENGTH));
}

function withoutPeriod(text: string): string {
  return text.replace(/[.\s]+$/, '');
}

const WORDS = { cancelled: 'cancelled', needs_you: 'needs you', stalled: 'stalled', limit: 'near its limit' } as const;

function commandFor(event: NoticeEvent, id: string): string {
  if (event.type === 'needs_you') {
    return {
      approval: `rookery approve ${id}, or rookery deny ${id}`,
      question: `rookery answer ${id} TEXT`,
      limit: `rookery raise ${id} ${event.raise ?? ''}`,
      person: `rookery resume ${id}`,
    }[event.need];
  }
  return event.type === 'limit' ? `rookery raise ${id} ${event.raise}` : `rookery status ${id}`;
}
