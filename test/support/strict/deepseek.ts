/** DeepSeek with thinking: the reasoning of a reply with tool calls must come back with it. */
import { callsOf, chatError, chatEvents, chatReplies, checkBearer, checkChat, messagesOf } from './chat.js';
import { type Dialect, demand, isRecord, type Json, textOf } from './dialect.js';
import { replyOf, thinkingOf } from './script.js';

const ID_PREFIX = 'call_00_';

export const deepseek: Dialect = {
  name: 'deepseek',
  idPrefix: ID_PREFIX,
  check({ headers, body }) {
    checkBearer(headers);
    checkChat(body);
    const thinks = !isRecord(body.thinking) || body.thinking.type !== 'disabled';
    for (const message of messagesOf(body)) {
      demand(message.role !== 'developer', 'there is no role developer');
      demand(!Array.isArray(message.content) || message.content.every(isText), 'only text is read here');
      if (thinks && message.role === 'assistant') checkReasoning(textOf(body.model), message);
    }
  },
  replies: chatReplies,
  events: (given, body) => chatEvents(given, body, { reasoning: 'reasoning_content' }),
  errorBody: chatError,
};

// ---

const isText = (part: unknown): boolean => isRecord(part) && part.type === 'text';

function checkReasoning(model: string, message: Json): void {
  for (const { id } of callsOf(message)) {
    const given = message.reasoning_content;
    demand(typeof given === 'string', `the reasoning_content of the reply with the call ${id} must be passed back`);
    const n = replyOf(model, id, ID_PREFIX);
    demand(n === undefined || given === thinkingOf(model, n), `the reasoning_content of the call ${id} was changed`);
  }
}
