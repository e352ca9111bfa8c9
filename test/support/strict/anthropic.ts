/** Anthropic's messages: what it refuses in a request. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import { checkOutputConfig } from './answer-mode.js';
import { anthropicEvents } from './anthropic-events.js';
import { type Dialect, demand, isRecord, type Json, listOf, removedIn, schemasIn, textOf } from './dialect.js';
import { replyOf, signatureOf, thinkingOf } from './script.js';

const ID_PREFIX = 'toolu_';

export const anthropic: Dialect = {
  name: 'anthropic',
  idPrefix: ID_PREFIX,
  check({ headers, body }) {
    demand(headers['anthropic-version'] === '2023-06-01', 'anthropic-version: header is required');
    demand(headers['x-api-key'] !== undefined, 'x-api-key: header is required', 401);
    demand(Number.isInteger(body.max_tokens) && Number(body.max_tokens) > 0, 'max_tokens: an integer is required');
    demand(breakpoints(body) <= 4, 'at most 4 blocks may have cache_control');
    checkSystem(body.system);
    checkThinking(body, textOf(headers['anthropic-beta']));
    checkTurns(listOf(body.messages));
    checkThoughts(body);
    for (const tool of listOf(body.tools)) checkTool(tool);
    checkOutputConfig(body);
  },
  replies: (body) => {
    const messages = listOf(body.messages);
    const texts = messages.flatMap((m) => (m.role === 'user' ? blocksOf(m).map(({ text }) => textOf(text)) : []));
    return removedIn(texts) + messages.filter(({ role }) => role === 'assistant').length;
  },
  events: anthropicEvents,
  errorBody: ({ message, status }) => ({
    type: 'error',
    error: { type: status === 401 ? 'authentication_error' : 'invalid_request_error', message },
    request_id: 'req_1',
  }),
};

export const thinks = ({ thinking }: Json): boolean =>
  isRecord(thinking) && (thinking.type === 'enabled' || thinking.type === 'adaptive');

// ---

const blocksOf = ({ content }: Json): readonly Json[] =>
  typeof content === 'string' ? [{ type: 'text', text: content }] : listOf(content);

function breakpoints(value: unknown): number {
  if (Array.isArray(value)) return value.reduce((sum: number, item) => sum + breakpoints(item), 0);
  if (!isRecord(value)) return 0;
  const inside = ['tools', 'system', 'messages', 'content'].reduce((sum, key) => sum + breakpoints(value[key]), 0);
  return inside + (value.cache_control ? 1 : 0);
}

function checkSystem(system: unknown): void {
  const blocks = blocksOf({ content: system });
  if (system !== undefined) for (const block of blocks) checkText(block, 'system');
}

function checkText({ text, cache_control }: Json, where: string): void {
  demand(textOf(text) !== '', `${where}: text content blocks must be non-empty`);
  demand(textOf(text).trim() !== '', `${where}: text content blocks must contain non-whitespace text`);
  demand(cache_control === undefined || isRecord(cache_control), `${where}: cache_control is an object`);
}

/** With interleaved thinking the budget may be larger than one reply. */
function checkThinking(body: Json, beta: string): void {
  if (!thinks(body) || !isRecord(body.thinking)) return;
  demand(body.temperature === undefined || body.temperature === 1, 'temperature may only be 1 with thinking');
  if (body.thinking.type === 'adaptive') return;
  const budget = Number(body.thinking.budget_tokens);
  demand(budget >= 1024, 'thinking.budget_tokens: must be at least 1024');
  const wide = beta.includes('interleaved-thinking') || budget < Number(body.max_tokens);
  demand(wide, 'max_tokens must be greater than thinking.budget_tokens');
}

function checkTurns(messages: readonly Json[]): void {
  demand(messages[0]?.role === 'user', 'messages: the first message must use the user role');
  let open: string[] = [];
  const seen = new Set<string>();
  for (const [i, message] of messages.entries()) {
    const where = `messages.${i}`;
    demand(message.role === 'user' || message.role === 'assistant', `${where}: there is no role ${message.role}`);
    const isLast = i === messages.length - 1;
    demand(
      blocksOf(message).length > 0 || (isLast && message.role === 'assistant'),
      `${where}: content must not be empty`,
    );
    for (const block of blocksOf(message)) checkBlock(block, where);
    const results = blocksOf(message).filter(({ type }) => type === 'tool_result');
    checkResults(blocksOf(message), open, where);
    demand(results.length === open.length, `${where}: tool_use ids without tool_result blocks right after: ${open}`);
    open = blocksOf(message).flatMap(({ type, id }) => (type === 'tool_use' ? textOf(id) : []));
    for (const id of open) demand(!seen.has(id), `${where}: tool_use ids must be unique: ${id}`);
    for (const id of open) seen.add(id);
  }
  demand(open.length === 0, `tool_use ids without tool_result blocks right after: ${open}`);
  const last = messages.at(-1);
  if (last?.role !== 'assistant') return;
  const end = blocksOf(last).at(-1);
  demand(!/\s$/.test(textOf(end?.text)), 'final assistant content cannot end with trailing whitespace');
}

function checkResults(blocks: readonly Json[], open: readonly string[], where: string): void {
  let others = false;
  for (const { type, tool_use_id, content, is_error } of blocks) {
    if (type !== 'tool_result') {
      others = true;
      continue;
    }
    demand(open.includes(textOf(tool_use_id)), `${where}: unexpected tool_use_id in tool_result: ${tool_use_id}`);
    demand(!others, `${where}: tool_result blocks must come first`);
    demand(
      is_error !== true || textOf(content) !== '' || listOf(content).length > 0,
      `${where}: an error needs content`,
    );
    for (const part of listOf(content)) checkBlock(part, where);
  }
}

const IMAGES = ['image/jpeg', 'image/png', 'image/gif', 'image/webp'];

function checkBlock(block: Json, where: string): void {
  const { type } = block;
  const known = ['text', 'image', 'tool_use', 'tool_result', 'thinking', 'redacted_thinking'];
  demand(known.includes(textOf(type)), `${where}: there is no block ${type}`);
  if (type === 'text') checkText(block, where);
  if (type === 'image' && isRecord(block.source) && block.source.type !== 'url') {
    const { media_type } = block.source;
    demand(IMAGES.includes(textOf(media_type)), `${where}: not an image type that is read: ${media_type}`);
  }
  if (type !== 'tool_use') return;
  demand(/^[a-zA-Z0-9_-]+$/.test(textOf(block.id)), `${where}: tool_use.id must match ^[a-zA-Z0-9_-]+$: ${block.id}`);
  demand(/^[a-zA-Z0-9_-]{1,128}$/.test(textOf(block.name)), `${where}: not a name for tool_use: ${block.name}`);
  demand(isRecord(block.input), `${where}: tool_use.input must be an object`);
}

/** Since the last turn of the person, each reply with calls begins with its thought; a thought is never changed. */
function checkThoughts(body: Json): void {
  const messages = listOf(body.messages);
  const asked = messages.findLastIndex(
    (m) => m.role === 'user' && blocksOf(m).every(({ type }) => type !== 'tool_result'),
  );
  for (const [i, message] of messages.entries()) {
    if (message.role !== 'assistant') continue;
    const blocks = blocksOf(message);
    const call = blocks.find(({ type }) => type === 'tool_use');
    const n = call === undefined ? undefined : replyOf(textOf(body.model), call.id, ID_PREFIX);
    const needed = thinks(body) && call !== undefined && i > asked;
    demand(!needed || blocks[0]?.type === 'thinking', `messages.${i}: expected thinking, but found ${blocks[0]?.type}`);
    for (const { type, thinking, signature } of blocks) {
      if (type !== 'thinking' || n === undefined) continue;
      const isRight =
        thinking === thinkingOf(textOf(body.model), n) && signature === signatureOf(textOf(body.model), n);
      demand(isRight, `messages.${i}: invalid signature in thinking block`);
    }
  }
}

const ajv = new Ajv2020({ strict: false });

function checkTool({ type, name, input_schema }: Json): void {
  if (type !== undefined && type !== 'custom') return;
  demand(/^[a-zA-Z0-9_-]{1,128}$/.test(textOf(name)), `tools: not a name for a tool: ${name}`);
  demand(isRecord(input_schema) && input_schema.type === 'object', `tools.${name}: input_schema.type must be object`);
  for (const key of ['oneOf', 'anyOf', 'allOf']) {
    demand(!(key in input_schema), `tools.${name}: input_schema does not support ${key} at the top level`);
  }
  for (const { properties } of schemasIn(input_schema)) {
    for (const key of Object.keys(isRecord(properties) ? properties : {})) {
      demand(/^[a-zA-Z0-9_.-]{1,64}$/.test(key), `tools.${name}: property keys match ^[a-zA-Z0-9_.-]{1,64}$: ${key}`);
    }
  }
  const { $schema: _, ...schema } = input_schema;
  demand(ajv.validateSchema(schema), `tools.${name}: input_schema is no JSON schema of draft 2020-12`);
}
