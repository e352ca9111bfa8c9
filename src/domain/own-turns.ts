/**
 * The user turns that Rookery itself adds to a conversation, and what a call of a cut reply is answered with. They are
 * recognised by how they begin, so that a conversation says the same after a continue-as-new or in a checkpoint. Pure.
 */
import type { Message } from './conversation.js';

const CUT = 'Your reply was cut at the limit of ';
const CUT_CALL = 'Not run: your reply was cut at the limit of ';
const REPEATED = 'You have made the same call ';

/** Added only to a request: the conversation does not keep it. */
export const EMPTY_NUDGE = 'Your last reply was empty. Continue: call a tool or give the answer.';

/** `said`: the reply has text before the cut. */
export function cutTurn(limit: number, said: boolean): Message {
  const rest = said
    ? '. Continue exactly where it stopped.'
    : ' before it said anything. Think less, then call a tool or give the answer.';
  return { role: 'user', content: `${CUT}${limit} output tokens${rest}` };
}

export function cutCallSentence(limit: number): string {
  return `${CUT_CALL}${limit} output tokens. Repeat it in smaller pieces.`;
}

export function repeatNote(what: string, times: number): string {
  return `${REPEATED}${times} times in a row with the same result: ${what}. Do something else, or give your answer.`;
}

export function isCutTurn(message: Message | undefined): boolean {
  return message?.role === 'user' && message.content.startsWith(CUT);
}

/** What follows a cut reply: a turn, or the answers to its calls. */
export function tellsOfCut(message: Message): boolean {
  return isCutTurn(message) || (message.role === 'tool' && message.content.startsWith(CUT_CALL));
}

/** A turn about the reply before it: it goes when that reply goes. */
export function isOwnTurn(message: Message): boolean {
  return isCutTurn(message) || (message.role === 'user' && message.content.startsWith(REPEATED));
}
