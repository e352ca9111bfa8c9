/**
 * The pure model of a task that is controlled: what a person does to it, and what it must be afterwards. It knows nothing
 * of the product. A task stands still after each step: its model is asked and the test holds the reply, or it waits.
 */

export type Stand = 'asked' | 'approval' | 'question' | 'limit' | 'paused' | 'ended';
export type Mode = 'steer' | 'queue' | 'interrupt';

/** What a reply requests: an unsafe command, a safe tool, a question, or nothing. */
export type Kind = 'shell' | 'list' | 'question' | 'answer';

/** How a call has ended. `ran` may be `unknown` after a kill. */
export type Outcome = 'ran' | 'listed' | 'denied' | 'sealed' | `answered: ${string}`;

export type Turn =
  | { readonly role: 'user'; readonly text: string; readonly delivered?: number }
  /** `tokens`: used by the task up to it. */
  | { readonly role: 'assistant'; readonly text: string; readonly tokens: number }
  | { readonly role: 'tool'; readonly call: string; readonly outcome: Outcome; readonly mayBeUnknown: boolean };

export interface Pending {
  readonly id: string;
  readonly text: string;
  readonly mode: Mode;
}

/** The call of the last reply that has no result; `decided`: what the person said of it. */
export interface Open {
  readonly kind: Exclude<Kind, 'answer'>;
  readonly call: string;
  readonly decided?: Outcome;
}

export type Limit = 'iterations' | 'tokens';

export interface Expected {
  stand: Stand;
  status: 'Running' | 'Completed' | 'Failed' | 'Cancelled';
  turns: Turn[];
  pending: Pending[];
  open: Open | undefined;
  paused: boolean;
  iterations: number;
  tokens: number;
  readonly limits: Record<Limit, number>;
  readonly onLimit: 'ask' | 'fail';
  readonly needsApproval: boolean;
}

export const TOKENS = 100;
export const PROMPT = 'Do what the script says.';
const NONE = 1_000_000;

export interface Traits {
  readonly limit: Limit;
  /** In replies. */
  readonly height: number;
  readonly onLimit: 'ask' | 'fail';
  readonly needsApproval: boolean;
}

export function expectedAtStart({ limit, height, onLimit, needsApproval }: Traits): Expected {
  return {
    ...{ stand: 'asked', status: 'Running', turns: [], pending: [], open: undefined, paused: false },
    ...{ iterations: 0, tokens: 0, onLimit, needsApproval },
    limits: {
      iterations: limit === 'iterations' ? height : 1_000,
      // In the middle of a reply: the one that passes it is the only one over.
      tokens: limit === 'tokens' ? height * TOKENS - TOKENS / 2 : NONE,
    },
  };
}

export function isAtLimit({ iterations, tokens, limits }: Expected): boolean {
  return iterations >= limits.iterations || tokens >= limits.tokens;
}

/** The model answers. */
export function replied(task: Expected, kind: Kind, text: string): void {
  task.iterations++;
  task.tokens += TOKENS;
  task.turns.push({ role: 'assistant', text, tokens: task.tokens });
  if (kind !== 'answer') {
    task.open = { kind, call: text };
    proceed(task);
    return;
  }
  if (task.pending.length > 0 && (!isAtLimit(task) || task.onLimit === 'ask')) {
    deliver(task, true);
    proceed(task);
    return;
  }
  end(task, 'Completed');
}

export function sent(task: Expected, message: Pending): void {
  task.pending.push(message);
  if (message.mode !== 'interrupt') return;
  if (task.open && task.open.kind !== 'list') settle(task, 'sealed');
  // The loop begins again.
  if (task.stand !== 'paused') proceed(task);
}

export function withdrawn(task: Expected, id: string): void {
  task.pending = task.pending.filter((message) => message.id !== id);
}

/** A wait at a limit shows it at once; else it halts the next step. */
export function halted(task: Expected): void {
  task.paused = true;
  if (task.stand === 'limit') task.stand = 'paused';
}

export function unpaused(task: Expected): void {
  task.paused = false;
  if (task.stand === 'paused') proceed(task);
}

export function raised(task: Expected, limit: Limit, value: number): void {
  task.limits[limit] = Math.max(task.limits[limit], value);
  if (task.stand === 'limit') proceed(task);
}

/** The person approves, denies or answers. */
export function decided(task: Expected, outcome: Outcome): void {
  if (task.open) task.open = { ...task.open, decided: outcome };
  proceed(task, 'in the call');
}

export function end(task: Expected, status: 'Completed' | 'Failed' | 'Cancelled'): void {
  task.status = status;
  task.stand = 'ended';
  task.pending = [];
  task.paused = false;
}

/** A new run of a task that has ended. `text`: what the person says. */
export function continued(task: Expected, text: string | undefined): void {
  if (task.status === 'Cancelled' && text !== undefined && task.open) settle(task, 'sealed');
  // What was decided before the end is asked for again.
  if (task.open) task.open = { kind: task.open.kind, call: task.open.call };
  if (text !== undefined) task.turns.push({ role: 'user', text, delivered: task.iterations + 1 });
  task.status = 'Running';
  proceed(task);
}

/** The conversation of a fork of iteration n, with its call that was not run. */
export function turnsUpTo(task: Expected, n: number): { turns: Turn[]; isOpen: boolean; tokens: number } {
  const replies = task.turns.flatMap((turn, at) => (turn.role === 'assistant' ? [at] : []));
  if (n === 0) return { turns: [], isOpen: false, tokens: 0 };
  const from = replies[n - 1] ?? 0;
  const reply = task.turns[from] as Extract<Turn, { role: 'assistant' }>;
  const results = task.turns.slice(from + 1).filter((turn) => turn.role === 'tool' && turn.call === reply.text);
  const isOpen = task.open?.call === reply.text;
  return { turns: [...task.turns.slice(0, from + 1), ...results], isOpen, tokens: reply.tokens };
}

/** The conversation as the model reads it: user turns that follow each other are one. */
export function isSame(turns: readonly Turn[], seen: readonly string[]): boolean {
  const merged = mergedTurns([{ role: 'user', text: PROMPT }, ...turns]);
  return merged.length === seen.length && merged.every((turn, at) => fits(turn, seen[at] ?? ''));
}

export function shown(turns: readonly Turn[]): string[] {
  return turns.map((turn) =>
    turn.role === 'tool' ? `tool: ${turn.call} ${turn.outcome}` : `${turn.role}: ${turn.text}`,
  );
}

// ---

/** To where the task stands next. */
function proceed(task: Expected, from: 'the top' | 'in the call' = 'the top'): void {
  if (task.paused) {
    task.stand = 'paused';
    return;
  }
  if (from === 'the top' && isAtLimit(task)) {
    if (task.onLimit === 'ask') task.stand = 'limit';
    else end(task, 'Failed');
    return;
  }
  const { open } = task;
  const asks = open?.kind === 'question' || (open?.kind === 'shell' && task.needsApproval);
  if (open && asks && open.decided === undefined) {
    task.stand = open.kind === 'question' ? 'question' : 'approval';
    return;
  }
  if (open) settle(task, open.decided ?? (open.kind === 'list' ? 'listed' : 'ran'));
  // The result of a decided call may bring the task to its top again.
  if (from === 'in the call') {
    proceed(task);
    return;
  }
  deliver(task, false);
  task.stand = 'asked';
}

function deliver(task: Expected, answered: boolean): void {
  const isDue = ({ mode }: Pending): boolean => answered || mode !== 'queue';
  for (const { text } of task.pending.filter(isDue))
    task.turns.push({ role: 'user', text, delivered: task.iterations + 1 });
  task.pending = task.pending.filter((message) => !isDue(message));
}

function settle(task: Expected, outcome: Outcome): void {
  const { open } = task;
  if (!open) return;
  // The model reads the result after the reply, also when the person has said something in between.
  const reply = task.turns.findLastIndex(({ role }) => role === 'assistant');
  task.turns.splice(reply + 1, 0, { role: 'tool', call: open.call, outcome, mayBeUnknown: false });
  task.open = undefined;
}

function mergedTurns(turns: readonly Turn[]): Turn[] {
  const merged: Turn[] = [];
  for (const turn of turns) {
    const last = merged.at(-1);
    if (turn.role === 'user' && last?.role === 'user')
      merged.splice(-1, 1, { ...last, text: `${last.text}\n${turn.text}` });
    else merged.push(turn);
  }
  return merged;
}

function fits(turn: Turn, seen: string): boolean {
  if (turn.role !== 'tool') return seen === `${turn.role}: ${turn.text}`;
  if (!seen.startsWith('tool: ')) return false;
  if (turn.outcome.startsWith('answered: ')) return seen.endsWith(turn.outcome.slice('answered: '.length));
  switch (turn.outcome) {
    case 'ran':
      return seen.includes(`ran ${turn.call}`) || (turn.mayBeUnknown && /unknown|interrupted/i.test(seen));
    case 'denied':
      return /denied|refused/i.test(seen);
    case 'sealed':
      return /not run|interrupted/i.test(seen);
    default:
      // A safe call whose iteration was cancelled may not have run.
      return true;
  }
}
