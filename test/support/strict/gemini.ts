/** Gemini 3 at its endpoint for OpenAI's protocol: every step of calls must carry the signature of its thought. */
import { callsOf, chatEvents, chatReplies, checkBearer, checkChat, messagesOf, plainText } from './chat.js';
import { type Dialect, demand, isRecord, type Json, textOf } from './dialect.js';
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
      for (const [i, call] of callsOf(message).entries()) checkSignature(textOf(body.model), call, i === 0);
    }
  },
  replies: chatReplies,
  events: (given, body) =>
    chatEvents(given, body, {
      callExtra: ({ signature }, index) =>
        index === 0 ? { extra_content: { google: { thought_signature: signature } } } : {},
    }),
  errorBody: ({ message, status }) => [{ error: { code: status, message, status: 'INVALID_ARGUMENT' } }],
};

// ---

const hasImage = ({ content }: Json): boolean => Array.isArray(content) && content.some((part) => part?.image_url);

function checkSignature(model: string, call: Json, isFirst: boolean): void {
  const google = isRecord(call.extra_content) ? call.extra_content.google : undefined;
  const signature = isRecord(google) ? google.thought_signature : undefined;
  const n = replyOf(model, call.id, ID_PREFIX);
  demand(!isFirst || signature !== undefined, `the function call ${call.id} lacks its thought_signature`);
  if (signature === undefined) return;
  const isRight =
    n === undefined ? FOREIGN.includes(textOf(signature)) : isFirst && signature === signatureOf(model, n);
  demand(isRight, `the thought signature of ${call.id} is not valid`);
}
