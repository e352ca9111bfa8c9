/**
 * Finds a model that repeats itself: replies in a row that request the same calls, with the same arguments, and get the
 * same results. Read from the conversation alone, so the count goes along into a new run. Pure.
 */
import { canonical } from './canonical-json.js';
import { isNotice } from './compaction.js';
import type { AssistantMessage, Message, ToolMessage } from './conversation.js';
import { isOwnTurn, repeatNote } from './own-turns.js';
import { quoted, quotedName } from './visible.js';

/** After this many the model is told, once. */
const TOLD_AT = 5;
/** After this many the task waits for a person. */
const STOPPED_AT = 10;

export type Repeats =
  | { readonly kind: 'told'; readonly note: string }
  /** `note`: what the model is told when a person lets it continue; the count begins anew after it. */
  | { readonly kind: 'stopped'; readonly what: string; readonly note: string };

/** @param messages a conversation that ends with a complete round; undefined: nothing to say at this point */
export function repeatsIn(messages: readonly Message[]): Repeats | undefined {
  const { count, reply } = lastRow(messages);
  const what = reply ? whatOf(reply) : '';
  if (count === TOLD_AT) return { kind: 'told', note: repeatNote(what, count) };
  if (count < STOPPED_AT) return undefined;
  return { kind: 'stopped', what, note: `A person lets you continue. You made the same call ${count} times: ${what}.` };
}

// ---

interface Round {
  readonly reply: AssistantMessage;
  readonly results: readonly ToolMessage[];
}

const SHOWN = 120;

function whatOf({ calls = [] }: AssistantMessage): string {
  const [first] = calls;
  const args = Array.from(quoted(first?.args));
  const shown = args.length <= SHOWN ? args.join('') : `${args.slice(0, SHOWN).join('')}…`;
  const more = calls.length > 1 ? ` and ${calls.length - 1} more` : '';
  return `${quotedName(first?.name ?? '')} ${shown}${more}`;
}

/** The equal rounds at the end. A person's turn between two rounds ends the row, a note of ours does not. */
function lastRow(messages: readonly Message[]): { count: number; reply?: AssistantMessage } {
  let at = messages.length;
  let newest: Round | undefined;
  for (let count = 0; ; count++) {
    const round = roundBefore(messages, at);
    if (!round || (newest && !isSame(round, newest))) {
      return newest ? { count, reply: newest.reply } : { count };
    }
    newest ??= round;
    at = messages.lastIndexOf(round.reply, at - 1);
  }
}

function roundBefore(messages: readonly Message[], end: number): Round | undefined {
  const results: ToolMessage[] = [];
  for (let i = end - 1; i >= 0; i--) {
    const message = messages[i] as Message;
    if (message.role === 'tool') results.unshift(message);
    else if (message.role === 'assistant') return message.calls?.length ? { reply: message, results } : undefined;
    else if (!isOwnTurn(message)) return undefined;
  }
  return undefined;
}

function isSame(one: Round, other: Round): boolean {
  const [calls = [], others = []] = [one.reply.calls, other.reply.calls];
  if (calls.length !== others.length || one.results.length !== other.results.length) return false;
  return (
    one.results.every((result, i) => isSameResult(result, other.results[i] as ToolMessage)) &&
    calls.every(({ name, args }, i) => name === others[i]?.name && canonical(args) === canonical(others[i]?.args))
  );
}

/** An output that was removed from the conversation may have been any. */
function isSameResult(one: ToolMessage, other: ToolMessage): boolean {
  return one.outcome === other.outcome && (isNotice(one) || isNotice(other) || one.content === other.content);
}
