/** OpenAI's chat completions. */
import { chatError, chatEvents, chatReplies, checkBearer, checkChat } from './chat.js';
import { type Dialect, demand, textOf } from './dialect.js';

export const openaiChat: Dialect = {
  name: 'openai-chat',
  idPrefix: 'call_',
  check({ headers, body }) {
    checkBearer(headers);
    checkChat(body);
    const model = textOf(body.model);
    demand(isReasoningModel(model) || body.reasoning_effort === undefined, 'this model does not reason');
    if (!isReasoningModel(model)) return;
    demand(
      body.max_tokens === undefined,
      'max_tokens is not for this model: use max_completion_tokens',
      400,
      'max_tokens',
    );
    for (const key of ['temperature', 'top_p', 'presence_penalty', 'frequency_penalty']) {
      demand(
        body[key] === undefined || (key.endsWith('p') && body[key] === 1),
        `${key} is not for this model`,
        400,
        key,
      );
    }
    const calm = body.reasoning_effort === 'none' || body.tools === undefined;
    demand(calm || !wantsNoEffort(model), 'with tools this model takes reasoning_effort none here; use /v1/responses');
  },
  replies: chatReplies,
  events: (given, body) => chatEvents(given, body),
  errorBody: chatError,
};

export const isReasoningModel = (model: string): boolean => /^(o\d|gpt-[5-9])/.test(model);

// ---

/** gpt-5.6 and later. */
function wantsNoEffort(model: string): boolean {
  const [, major, minor] = /^gpt-(\d+)(?:\.(\d+))?/.exec(model) ?? [];
  return Number(major) > 5 || (Number(major) === 5 && Number(minor ?? 0) >= 6);
}
