/**
 * The events of a task as lines for people. Keeps what a line needs of the events before: counts, and the answer that a
 * task has gone on from, which is shown in full only then.
 */
import { dollars } from '../domain/cost.js';
import { firstLine } from '../domain/task-id.js';
import { quoted, quotedName, visible } from '../domain/visible.js';
import type { LimitEvent, MessageEvent, RetryEvent } from '../manager/event-bodies.js';
import type { FollowEvent } from '../manager/follow.js';
import { count, elapsed, plural, USUAL_ENDS } from './render.js';
import { resultLine } from './result-line.js';
import { type Line, toned } from './styled-line.js';
import { wrapToWidth } from './text-width.js';
import { waitText } from './wait-help.js';

export interface Tally {
  calls: number;
  tokens: number;
  /** As far as it is known. */
  usd: number;
}

type EventOf<T extends FollowEvent['type']> = Extract<FollowEvent, { type: T }>;

export class FollowLines {
  readonly tally: Tally = { calls: 0, tokens: 0, usd: 0 };
  #answer = '';

  /** `columns`: where a terminal breaks the words of the model. */
  constructor(
    private readonly task: string,
    private readonly columns: () => number | undefined,
  ) {}

  /** None for events that people do not need to see, and for the end, which the verb shows. */
  of(event: FollowEvent): Line[] {
    const before = GOES_ON.has(event.type) ? this.#takeAnswer() : [];
    return [...before, ...this.#linesOf(event)];
  }

  #linesOf(event: FollowEvent): Line[] {
    switch (event.type) {
      case 'submitted':
        return [[`submitted ${event.id}: ${firstLine(event.prompt, LONGEST)}`]];
      case 'iteration':
        return this.#iteration(event);
      case 'call':
        this.tally.calls++;
        return [callLine(event)];
      case 'result':
        return [resultLine(event)];
      case 'message':
        return [messageLine(event)];
      case 'question':
        return [[toned('attention', 'question'), `: ${firstLine(event.question, LONGEST)}${choicesOf(event)}`]];
      case 'limit':
        return [limitLine(event)];
      case 'waiting':
        return this.#waiting(event);
      case 'rewound':
        return [[toned('attention', `rewound to iteration ${event.iteration}`)]];
      case 'retry':
        return [retryLine(event)];
      case 'fork':
        return [[`fork of ${event.from.id} after iteration ${event.from.iteration}`]];
      default:
        return [];
    }
  }

  #iteration(event: EventOf<'iteration'>): Line[] {
    const { iteration, model, calls, finish, content, usage, cost } = event;
    this.tally.tokens += usage.total_tokens;
    this.tally.usd += cost?.usd ?? 0;
    const what = calls === 0 ? kindOfAnswer(event) : plural(calls, 'call');
    const how = USUAL_ENDS.has(finish) ? what : `${what}, ${finish}`;
    const spent = `${count(this.tally.tokens)} tokens${cost ? ` · ${dollars(this.tally.usd)}` : ''}`;
    if (calls === 0 && finish === 'stop' && event.compacted === undefined) this.#answer = content;
    return [
      [`iteration ${iteration} · ${model} · ${how} · ${spent}`],
      ...(calls === 0 ? [] : saidRows(content, this.columns())),
    ];
  }

  #waiting({ phase, reason }: EventOf<'waiting'>): Line[] {
    const { said, command } = waitText(phase, reason, this.task);
    const what = phase === 'waiting_person' ? `waiting for a person: ${said}` : said;
    return [[toned('attention', what)], ...(command === undefined ? [] : [['  ', toned('name', command)]])];
  }

  #takeAnswer(): Line[] {
    const answer = this.#answer;
    this.#answer = '';
    return saidRows(answer, this.columns());
  }
}

/** What the model says, in rows that look like no other line. */
export function saidRows(text: string, columns: number | undefined): Line[] {
  const words = visible(text.trim());
  if (words === '') return [];
  const rows = columns === undefined ? words.split('\n') : wrapToWidth(words, columns - 1 - MARGIN.length);
  return rows.map((row) => [toned('faint', MARGIN), row]);
}

// ---

/** What comes after an answer when it was not the end. */
const GOES_ON: ReadonlySet<FollowEvent['type']> = new Set<FollowEvent['type']>(['iteration', 'rewound', 'retry']);
const MARGIN = '  │ ';
/** Code points of a line where no terminal cuts it. */
const LONGEST = 200;
const SHORT = 80;

const VERDICT_TONES = { run: 'faint', ask: 'attention', refuse: 'bad' } as const;

function callLine({ tool, args, verdict }: EventOf<'call'>): Line {
  const name = toned('name', quotedName(tool));
  return ['  ', toned(VERDICT_TONES[verdict], verdict), ' ', name, ` ${firstLine(quoted(args), LONGEST)}`];
}

function messageLine({ message, state, mode, text, iteration }: MessageEvent): Line {
  const tone = state === 'refused' ? 'bad' : 'attention';
  const how = state === 'accepted' && mode !== null ? ` (${mode})` : '';
  const at = iteration === null ? '' : ` with iteration ${iteration}`;
  const said = text === null ? '' : `: ${firstLine(text, LONGEST)}`;
  return [toned(tone, `message ${state}`), ` ${message.slice(0, 8)}${how}${at}${said}`];
}

function kindOfAnswer({ compacted, invalid }: EventOf<'iteration'>): string {
  if (compacted !== undefined) return `summary in place of ${compacted} older ${compacted === 1 ? 'reply' : 'replies'}`;
  return invalid === undefined ? 'answer' : `answer that does not match the schema (${firstLine(invalid, SHORT)})`;
}

function retryLine({ by, iteration, text }: RetryEvent): Line {
  const said = text === undefined ? '' : `: ${firstLine(text, LONGEST)}`;
  return [toned('attention', `continues after iteration ${iteration}`), ` (${by})${said}`];
}

function choicesOf({ choices }: EventOf<'question'>): string {
  return choices === null ? '' : ` (${choices.join(' / ')})`;
}

function limitLine({ state, kind, used, limit }: LimitEvent): Line {
  const [spent, most] = [used, limit].map((value) => AMOUNTS[kind](value));
  if (state === 'reached') return [toned('bad', 'limit reached'), `: ${spent} of ${most}`];
  return [toned('attention', 'limit near'), `: ${spent} of ${most}`];
}

const AMOUNTS: Readonly<Record<LimitEvent['kind'], (value: number) => string>> = {
  iterations: (value) => plural(value, 'iteration'),
  tokens: (value) => `${count(Math.round(value))} tokens`,
  cost: dollars,
  time: elapsed,
};
