/**
 * What a person sees of a task while it is followed: its events as lines, and on a terminal below them the text that the
 * model generates and what happens now. Those live rows are replaced, and removed before a line is printed.
 */
import { dollars } from '../domain/cost.js';
import type { FollowEvent } from '../manager/follow.js';
import type { Now } from '../manager/now.js';
import { FollowLines, saidRows } from './follow-lines.js';
import { nowText } from './now-text.js';
import { count, elapsed } from './render.js';
import type { Session } from './session.js';
import { type Line, toned } from './styled-line.js';

const REFRESH_MS = 500;
/** Rows of the terminal that the text of the model leaves to the lines above it. */
const KEPT_ROWS = 4;
/** More characters than these rows show, on nearly any terminal. */
const LONGEST = 16 * 1024;

export class Progress {
  readonly #lines: FollowLines;
  #timer: NodeJS.Timeout | undefined;
  #now: Now | undefined;
  #began = Date.now();
  #iteration = 0;
  #showsWait = false;
  /** Of the reply that is being generated. */
  #text = '';

  /** `where`: progress on stderr, or results on stdout. */
  constructor(
    private readonly session: Session,
    private readonly where: 'info' | 'line',
    task: string,
  ) {
    const { out } = session;
    const stream = where === 'line' ? process.stdout : process.stderr;
    this.#lines = new FollowLines(task, () => (stream.isTTY === true ? out.columns : undefined));
    this.go();
  }

  go(): void {
    this.#timer = setInterval(() => this.#flash(), REFRESH_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.session.out.flash([]);
  }

  happens(now: Now): void {
    this.#now = now;
  }

  /** The last event that was shown says that the task waits. */
  get showsWait(): boolean {
    return this.#showsWait;
  }

  show(event: FollowEvent): void {
    const { out } = this.session;
    if (out.json) {
      out.value(event);
      return;
    }
    if (event.type === 'text') {
      this.#text = event.added === null ? event.text : this.#text + event.added;
      this.#flash();
      return;
    }
    if (event.type === 'submitted') this.#began = Math.min(Date.now(), Date.parse(event.time));
    if (event.type === 'iteration') this.#iteration = event.iteration;
    if (event.type === 'rewound' || event.type === 'retry') this.#iteration = event.iteration;
    this.#showsWait = event.type === 'waiting';
    // The reply in the history replaces what was generated live.
    if (event.type !== 'message') this.#text = '';
    out.show(
      this.where,
      this.#lines.of(event).map((line, n) => (n === 0 ? this.#clocked(line) : line)),
    );
  }

  #clocked(line: Line): Line {
    return this.where === 'info' ? [toned('faint', `[${elapsed(Date.now() - this.#began)}]`), ' ', ...line] : line;
  }

  #flash(): void {
    const { out } = this.session;
    if (!out.live || out.json) return;
    const text = saidRows(this.#text.slice(-LONGEST), out.columns).slice(-Math.max(1, out.rows - KEPT_ROWS));
    out.flash([...text, this.#status()]);
  }

  #status(): Line {
    const { tokens, usd } = this.#lines.tally;
    const at = Date.now();
    const doing = nowText({ now: this.#now, writing: this.#text !== '', at });
    const spent = [`${count(tokens)} tokens`, ...(usd > 0 ? [dollars(usd)] : []), elapsed(at - this.#began)];
    return [`iteration ${this.#iteration + 1} · `, toned('name', doing), ...spent.map((part) => ` · ${part}`)];
  }
}
