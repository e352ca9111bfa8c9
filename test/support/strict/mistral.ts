/** Mistral: unknown fields are refused, call ids have nine alphanumerics, and a reply follows a tool's result. */
import { callsOf, chatEvents, chatReplies, checkBearer, checkChat, messagesOf } from './chat.js';
import { type Dialect, demand, type Json, listOf, Refused } from './dialect.js';

const FIELDS = [
  ...['model', 'messages', 'temperature', 'top_p', 'max_tokens', 'stream', 'stop', 'random_seed', 'metadata', 'n'],
  ...['response_format', 'tools', 'tool_choice', 'presence_penalty', 'frequency_penalty', 'prediction'],
  ...['parallel_tool_calls', 'prompt_mode', 'reasoning_effort', 'safe_prompt', 'guardrails', 'prompt_cache_key'],
];

const OF_ROLE: Readonly<Record<string, readonly string[]>> = {
  system: ['role', 'content'],
  user: ['role', 'content'],
  assistant: ['role', 'content', 'tool_calls', 'prefix'],
  tool: ['role', 'content', 'tool_call_id', 'name'],
};

export const mistral: Dialect = {
  name: 'mistral',
  idPrefix: '',
  check({ headers, body }) {
    checkBearer(headers);
    onlyKnown(body, FIELDS, 'body');
    for (const message of messagesOf(body)) {
      demand(OF_ROLE[String(message.role)], `there is no role ${message.role}`, 422, 'body.messages.role');
      onlyKnown(message, OF_ROLE[String(message.role)] ?? [], 'body.messages');
      for (const call of callsOf(message))
        onlyKnown(call, ['id', 'type', 'function', 'index'], 'body.messages.tool_calls');
    }
    checkOrder(messagesOf(body));
    checkChat({ ...body, messages: messagesOf(body).map(asOpenai) });
  },
  replies: chatReplies,
  events: (given, body) => chatEvents(given, body, { compact: true }),
  errorBody: ({ message, status, at }) =>
    status === 422
      ? { detail: [{ type: 'extra_forbidden', loc: at?.split('.') ?? [], msg: message, input: null }] }
      : { object: 'error', message, type: 'invalid_request_message_order', param: null, code: '3230' },
};

// ---

/** An image may be its address alone. */
function asOpenai(message: Json): Json {
  if (!Array.isArray(message.content)) return message;
  const content = listOf(message.content).map((part) =>
    typeof part.image_url === 'string' ? { ...part, image_url: { url: part.image_url } } : part,
  );
  return { ...message, content };
}

function onlyKnown(object: Json, known: readonly string[], at: string): void {
  for (const key of Object.keys(object)) {
    if (!known.includes(key)) throw new Refused(`no extra input is permitted: ${key}`, 422, `${at}.${key}`);
  }
}

function checkOrder(messages: readonly Json[]): void {
  for (const [i, message] of messages.entries()) {
    const before = messages[i - 1]?.role;
    demand(message.role !== 'user' || before !== 'tool', 'the role user cannot follow the role tool');
    demand(message.role !== 'assistant' || before !== 'assistant', 'the role assistant cannot follow itself');
    demand(message.role !== 'system' || i === 0, 'a system message comes first');
    for (const { id } of callsOf(message)) {
      demand(/^[a-zA-Z0-9]{9}$/.test(String(id)), `a call id has nine of a-z, A-Z, 0-9: ${id}`);
    }
  }
  const last = messages.at(-1);
  demand(last?.role !== 'assistant' || last.prefix === true, 'the last role must be user or tool');
}
