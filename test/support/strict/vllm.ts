/**
 * vLLM with the chat template of a model that wants turns in alternation: replies with calls and their results do not
 * count. Models whose name begins with `text-` were started without a parser for tool calls.
 */
import { refuseBesideTools } from './answer-mode.js';
import { callsOf, chatEvents, chatReplies, checkChat, messagesOf } from './chat.js';
import { type Dialect, demand, isRecord, textOf } from './dialect.js';

export const vllm: Dialect = {
  name: 'vllm',
  idPrefix: 'chatcmpl-tool-',
  check({ body }) {
    const hasParser = !textOf(body.model).startsWith('text-');
    demand(hasParser || body.tools === undefined, '"auto" tool choice requires a parser for tool calls to be set');
    checkChat(body);
    refuseBesideTools(body.response_format, body.tools);
    const plain = textOf(body.model).startsWith('plain-');
    demand(!plain || body.response_format === undefined, 'this server was built without structured outputs');
    const turns = messagesOf(body).filter((message, i) => {
      demand(message.role !== 'system' || i === 0, 'a system message must be at the beginning');
      for (const call of callsOf(message))
        demand(isObject(call.function), `arguments of ${call.id} are no JSON object`);
      return message.role === 'user' || (message.role === 'assistant' && callsOf(message).length === 0);
    });
    for (const [i, { role }] of turns.entries()) {
      demand(role === (i % 2 === 0 ? 'user' : 'assistant'), 'conversation roles must alternate user/assistant');
    }
  },
  replies: chatReplies,
  events: (given, body) => chatEvents(given, body, { reasoning: 'reasoning_content' }),
  errorBody: ({ message, status }) => ({
    object: 'error',
    message,
    type: 'BadRequestError',
    param: null,
    code: status,
  }),
};

// ---

function isObject(called: unknown): boolean {
  try {
    return isRecord(JSON.parse(isRecord(called) ? textOf(called.arguments) : ''));
  } catch {
    return false;
  }
}
