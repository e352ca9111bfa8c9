/** Gemini 3 at its endpoint for OpenAI's protocol: every step of calls must carry the signature of its thought. */
import { callsOf, chatEvents, chatReplies, checkBearer, checkChat, messagesOf, plainText } from './chat.js';
import { type Dialect, demand, isRecord, type Json, type Refused, textOf } from './dialect.js';
import { replyOf, signatureOf } from './script.js';

const ID_PREFIX = 'function-call-';
/** What its documentation gives for calls that another model made. */
const FOREIGN = ['skip_thought_signature_validator', 'context_engineering_is_the_way_to_go'];

export const gemini: Dialect = {
  name: 'gemini',
  idPrefix: ID_PREFIX,
  check({ headers, body }) {
    checkBearer(headers);
    checkChat(body);
    for (const message of messagesOf(body)) {
      const isEmpty = message.role === 'user' && plainText(message.content) === '' && !hasImage(message);
      demand(!isEmpty, 'contents.parts must not be empty');
      for (const [i, call] of callsOf(message).entries()) checkCall(textOf(body.model), call, i === 0);
    }
  },
  replies: chatReplies,
  events: (given, body) =>
    chatEvents(given, body, {
      callExtra: ({ signature }, index) =>
        index === 0 ? { extra_content: { google: { thought_signature: signature } } } : {},
    }),
  errorBody: (refused) => [geminiError(refused)],
};

export const geminiError = ({ message, status }: Refused): unknown => ({
  error: { code: status, message, status: 'INVALID_ARGUMENT' },
});

/** `own`: what the model gave with this call; undefined for a call of another model. */
export function checkSignature(given: unknown, own: string | undefined): void {
  demand(given === own || FOREIGN.includes(textOf(given)), 'the thought signature is not valid');
}

// ---

const hasImage = ({ content }: Json): boolean => Array.isArray(content) && content.some((part) => part?.image_url);

function checkCall(model: string, call: Json, isFirst: boolean): void {
  const extra = isRecord(call.extra_content) ? call.extra_content.google : undefined;
  const given = isRecord(extra) ? extra.thought_signature : undefined;
  const n = replyOf(model, call.id, ID_PREFIX);
  demand(!isFirst || given !== undefined, `the function call ${call.id} lacks its thought_signature`);
  if (given === undefined) return;
  demand(isFirst, `the thought signature of ${call.id} was not given with it`);
  checkSignature(given, n === undefined ? undefined : signatureOf(model, n));
}
