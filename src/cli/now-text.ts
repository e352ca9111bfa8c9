/** What a task does at this moment, in a few words with the time that it has taken so far. Pure. */
import { quoted, quotedName } from '../domain/visible.js';
import type { Now } from '../manager/now.js';
import { elapsed, plural } from './render.js';

export interface ShownNow {
  readonly now: Now | undefined;
  /** The text of a reply has begun to come in. */
  readonly writing: boolean;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export function nowText({ now, writing, at }: ShownNow): string {
  if (!now) return 'starting';
  // The clock of the server may be ahead of this one.
  const time = elapsed(Math.max(0, at - now.since));
  switch (now.kind) {
    case 'deciding':
      return 'next step';
    case 'thinking':
      return `model is ${writing ? 'writing' : 'thinking'}, ${time}`;
    case 'tool':
      return `${callsText(now.calls)}, ${time}`;
    case 'queued':
      return `no worker has taken it yet, ${time}`;
    case 'retrying':
      return retryText(now, at);
    case 'waiting':
      return `${WAITS[now.phase] ?? 'waits'}, ${time}`;
    case 'held':
      return `paused by Temporal, ${time}: ${now.lift}`;
    case 'failing':
      return `the workflow fails on its worker, attempt ${now.attempt}, ${time}`;
    case 'unreachable':
      return `the server does not respond, ${time}`;
  }
}

// ---

type Retrying = Extract<Now, { kind: 'retrying' }>;
type Running = Extract<Now, { kind: 'tool' }>['calls'];

const WAITS: Readonly<Record<string, string>> = {
  waiting_approval: 'waits for approval',
  waiting_question: 'waits for an answer',
  waiting_limit: 'waits at a limit',
  waiting_person: 'waits for a person',
  paused: 'paused',
  stalled: 'waits for its host',
  retrying: 'waits for the next try',
};

/** The argument that says most about a call. */
const TELLING = ['command', 'path', 'url', 'pattern', 'query', 'prompt'];
const MOST = 60;

function callsText(calls: Running): string {
  const [first, ...others] = calls.map(({ name, args }) => `${quotedName(name)}${argumentText(args)}`);
  return others.length === 0 ? (first ?? 'a tool') : `${plural(calls.length, 'tool')}: ${first}, …`;
}

function argumentText(args: unknown): string {
  const given = Object(args) as Readonly<Record<string, unknown>>;
  const telling = TELLING.map((name) => given[name]).find((value) => typeof value === 'string');
  if (typeof telling !== 'string') return '';
  // As JSON without its quotes: a line feed in it is an escape.
  const shown = quoted(telling.trim()).slice(1, -1);
  return `: ${shown.length > MOST ? `${shown.slice(0, MOST - 1)}…` : shown}`;
}

function retryText({ attempt, next, error }: Retrying, at: number): string {
  const due = next === null || next <= at ? '' : ` in ${elapsed(next - at)}`;
  return `attempt ${attempt}${due}${error === null ? '' : ` after: ${error}`}`;
}
