/**
 * Chat completions, as far as all servers that speak them agree: shapes, calls and their results, names, images, tools.
 * Each dialect adds its own rules.
 */
import { checkResponseFormat } from './answer-mode.js';
import {
  data,
  demand,
  type Given,
  isRecord,
  type Json,
  listOf,
  pieces,
  type Refused,
  removedIn,
  schemasIn,
  textOf,
} from './dialect.js';

export const NAME = /^[a-zA-Z0-9_-]{1,64}$/;

export const messagesOf = (body: Json): readonly Json[] => listOf(body.messages);
export const callsOf = (message: Json): readonly Json[] => listOf(message.tool_calls);

export function chatReplies(body: Json): number {
  const texts = messagesOf(body).map(({ role, content }) => (role === 'user' ? plainText(content) : ''));
  return removedIn(texts) + messagesOf(body).filter(({ role }) => role === 'assistant').length;
}

export function plainText(content: unknown): string {
  if (typeof content === 'string') return content;
  return listOf(content)
    .map(({ text }) => textOf(text))
    .join('');
}

export function checkChat(body: Json): void {
  demand(textOf(body.model) !== '', 'you must name a model', 400, 'model');
  demand(Array.isArray(body.messages) && body.messages.length > 0, 'messages must hold at least one', 400, 'messages');
  demand(messagesOf(body).length === body.messages.length, 'each of the messages must be an object', 400, 'messages');
  checkResponseFormat(body);
  for (const message of messagesOf(body)) checkMessage(message);
  checkPairs(messagesOf(body));
  checkTools(body);
  demand(body.stream_options === undefined || body.stream === true, 'stream_options is for streams only');
}

/** Calls and results match: each call has its result right behind the reply, and no result is without its call. */
export function checkPairs(messages: readonly Json[]): void {
  let open: unknown[] = [];
  const seen = new Set<unknown>();
  for (const message of messages) {
    if (message.role === 'tool') {
      demand(open.includes(message.tool_call_id), `a tool message answers no call: ${message.tool_call_id}`);
      open = open.filter((id) => id !== message.tool_call_id);
      continue;
    }
    demand(open.length === 0, `these calls have no tool message behind them: ${open.join(', ')}`);
    open = callsOf(message).map(({ id }) => id);
    for (const id of open) {
      demand(!seen.has(id), `the call id ${id} is there twice`);
      seen.add(id);
    }
  }
  demand(open.length === 0, `these calls have no tool message behind them: ${open.join(', ')}`);
}

export interface Fields {
  /** Where the reasoning of a reply goes; absent: it is not told. */
  readonly reasoning?: string;
  /** What each call is given in addition. */
  readonly callExtra?: (given: Given, index: number) => Json;
  /** As Mistral does it: a call comes in one piece, and the usage with the finish. */
  readonly compact?: boolean;
}

export function chatEvents(given: Given, body: Json, fields: Fields = {}): string {
  const head = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: body.model };
  const delta = (value: Json): string => data({ ...head, choices: [{ index: 0, delta: value, finish_reason: null }] });
  const { reasoning } = fields;
  const thinking = reasoning === undefined ? [] : pieces(given.thinking).map((text) => delta({ [reasoning]: text }));
  const calls = given.calls.flatMap(({ id, name, args }, index) => {
    const text = JSON.stringify(args);
    const [first = '', ...more] = fields.compact ? [text] : pieces(text);
    const extra = fields.callExtra?.(given, index) ?? {};
    const start = { index, id, type: 'function', function: { name, arguments: first }, ...extra };
    return [
      delta({ tool_calls: [start] }),
      ...more.map((piece) => delta({ tool_calls: [{ index, function: { arguments: piece } }] })),
    ];
  });
  const finish = given.finish ?? (calls.length > 0 ? 'tool_calls' : 'stop');
  const usage = { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 };
  return [
    delta({ role: 'assistant', content: '' }),
    ...thinking,
    ...pieces(given.text).map((content) => delta({ content })),
    ...calls,
    data({
      ...head,
      choices: [{ index: 0, delta: {}, finish_reason: finish }],
      ...(fields.compact ? { usage } : {}),
    }),
    ...(fields.compact ? [] : [data({ ...head, choices: [], usage })]),
    'data: [DONE]\n\n',
  ].join('');
}

export const chatError = ({ message, at }: Refused): unknown => ({
  error: { message, type: 'invalid_request_error', param: at, code: null },
});

/** Credentials of the form that all of them but Anthropic take. */
export function checkBearer(headers: Readonly<Record<string, string | undefined>>): void {
  demand(/^Bearer .+/.test(headers.authorization ?? ''), 'no key was given', 401);
}

// ---

const IMAGE = /^(https?:\/\/|data:image\/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/]+=*$)/;

function checkMessage(message: Json): void {
  const { role, content } = message;
  demand(['system', 'developer', 'user', 'assistant', 'tool'].includes(textOf(role)), `there is no role ${role}`);
  const calls = callsOf(message);
  demand(message.tool_calls === undefined || calls.length > 0, 'tool_calls must not be empty');
  demand(typeof content === 'string' || Array.isArray(content) || calls.length > 0, `a ${role} message needs content`);
  demand(role !== 'assistant' || calls.length > 0 || content !== '', 'a reply needs content or tool calls');
  for (const part of listOf(content)) checkPart(part);
  for (const call of calls) checkCall(call);
}

function checkPart(part: Json): void {
  if (part.type === 'text' && typeof part.text === 'string') return;
  demand(part.type === 'image_url', `there is no content part ${part.type}`);
  const url = textOf(isRecord(part.image_url) ? part.image_url.url : undefined);
  demand(IMAGE.test(url), `not an image that can be read: ${url.slice(0, 40)} (png, jpeg, gif and webp can)`);
}

function checkCall({ id, type, function: called }: Json): void {
  demand(typeof id === 'string' && id.length > 0 && id.length <= 40, `a call id has 1 to 40 characters: ${id}`);
  demand(type === 'function' && isRecord(called), 'a call is of type function');
  demand(NAME.test(textOf(called.name)), `the name of a called function must match ${NAME.source}: ${called.name}`);
  demand(typeof called.arguments === 'string', 'the arguments of a call are a string');
}

function checkTools({ tools }: Json): void {
  if (tools === undefined) return;
  demand(Array.isArray(tools) && tools.length > 0 && tools.length <= 128, 'tools must hold 1 to 128 tools');
  const names = listOf(tools).map(({ type, function: offered }) => {
    demand(type === 'function' && isRecord(offered), 'a tool is of type function');
    checkSchema(textOf(offered.name), offered.parameters);
    return textOf(offered.name);
  });
  for (const name of names) demand(NAME.test(name), `the name of a tool must match ${NAME.source}: ${name}`);
  demand(new Set(names).size === names.length, 'two tools have the same name');
}

export function checkSchema(name: string, parameters: unknown): void {
  demand(isRecord(parameters) && parameters.type === 'object', `invalid schema for ${name}: its type is not object`);
  for (const key of ['oneOf', 'anyOf', 'allOf', 'enum', 'not']) {
    demand(!(key in parameters), `invalid schema for ${name}: ${key} is not allowed at the top`);
  }
  for (const schema of schemasIn(parameters)) {
    const isArray = schema.type === 'array' || (Array.isArray(schema.type) && schema.type.includes('array'));
    demand(!isArray || isRecord(schema.items), `invalid schema for ${name}: an array lacks its items`);
  }
}
