/** OpenAI's responses, with nothing stored: reasoning comes back as an item with its encrypted content, or not at all. */
import { checkJsonSchema } from './answer-mode.js';
import { chatError, checkBearer, checkSchema, NAME, plainText } from './chat.js';
import {
  type Dialect,
  data,
  demand,
  type Given,
  isRecord,
  type Json,
  listOf,
  pieces,
  removedIn,
  textOf,
} from './dialect.js';
import { isReasoningModel } from './openai-chat.js';
import { replyOf, signatureOf } from './script.js';

const ID_PREFIX = 'call_';

export const openaiResponses: Dialect = {
  name: 'openai-responses',
  idPrefix: ID_PREFIX,
  check({ headers, body }) {
    checkBearer(headers);
    for (const key of ['max_tokens', 'max_completion_tokens', 'messages']) {
      demand(!(key in body), `unknown parameter: ${key}`, 400, key);
    }
    const most = body.max_output_tokens;
    demand(most === undefined || (Number.isInteger(most) && Number(most) >= 16), 'max_output_tokens is at least 16');
    demand(body.store === false, 'this organisation stores nothing: store must be false', 400, 'store');
    demand(body.previous_response_id === undefined, 'the previous response was not stored', 404);
    const reasons = isReasoningModel(textOf(body.model));
    demand(!reasons || body.temperature === undefined, 'temperature is not for this model', 400, 'temperature');
    demand(typeof body.input === 'string' || itemsOf(body).length > 0, 'input must not be empty', 400, 'input');
    checkItems(itemsOf(body), textOf(body.model));
    for (const tool of listOf(body.tools)) checkTool(tool);
    if (isRecord(body.text) && isRecord(body.text.format)) checkJsonSchema(body.text.format);
  },
  replies: (body) =>
    removedIn(itemsOf(body).map(({ content }) => plainText(content))) + new Set(itemsOf(body).flatMap(roundOf)).size,
  events: responseEvents,
  errorBody: chatError,
};

// ---

const itemsOf = (body: Json): readonly Json[] => listOf(body.input);

/** A number for the reply that an item belongs to: items of one reply stand together. */
function roundOf(item: Json, i: number, items: readonly Json[]): number[] {
  if (!isGiven(item)) return [];
  for (let at = i; at >= 0; at--) if (!isGiven(items[at] ?? {})) return [at];
  return [-1];
}

const isGiven = ({ type, role }: Json): boolean =>
  type === 'function_call' || type === 'reasoning' || role === 'assistant';

function checkItems(items: readonly Json[], model: string): void {
  const calls = new Set<unknown>();
  const outputs = new Set<unknown>();
  for (const [i, item] of items.entries()) {
    demand(item.type !== 'item_reference', `item ${item.id} is not found: nothing is persisted with store false`, 404);
    if (item.type === 'reasoning') checkReasoning(item, items[i + 1]);
    if (item.type === 'function_call') {
      checkCall(item);
      demand(!calls.has(item.call_id), `the call ${item.call_id} is there twice`);
      calls.add(item.call_id);
      if (isReasoningModel(model)) checkThought(model, item, items, i);
    }
    if (item.type === 'function_call_output') {
      demand(calls.has(item.call_id), `no tool call was found for the output of ${item.call_id}`);
      outputs.add(item.call_id);
    }
  }
  for (const id of calls) demand(outputs.has(id), `no tool output was found for the call ${id}`);
}

function checkCall({ call_id, name, arguments: args, id }: Json): void {
  demand(typeof call_id === 'string' && call_id.length > 0 && call_id.length <= 64, `not a call id: ${call_id}`);
  demand(NAME.test(textOf(name)), `the name of a function must match ${NAME.source}: ${name}`);
  demand(typeof args === 'string', 'the arguments of a call are a string');
  demand(id === undefined || textOf(id).startsWith('fc_'), `the id of a call begins with fc_: ${id}`);
}

function checkReasoning(item: Json, next: Json | undefined): void {
  demand(
    textOf(item.encrypted_content) !== '',
    `item ${item.id} is not found: nothing is persisted with store false`,
    404,
  );
  demand(next !== undefined && isGiven(next), `the reasoning ${item.id} came without its required following item`);
  demand(Array.isArray(item.summary), 'a reasoning item needs its summary');
}

/** Only calls that this model made have a thought. */
function checkThought(model: string, call: Json, items: readonly Json[], at: number): void {
  const n = replyOf(model, call.call_id, ID_PREFIX);
  if (n === undefined) return;
  let from = at;
  while (from > 0 && isGiven(items[from - 1] ?? {}) && items[from]?.type !== 'reasoning') from--;
  const thought = items[from];
  demand(thought?.type === 'reasoning', `the function_call ${call.call_id} came without its required reasoning item`);
  const isRight = thought.encrypted_content === signatureOf(model, n) && thought.id === reasoningId(n);
  demand(isRight, `the encrypted content of ${thought.id} could not be verified`);
}

function checkTool(tool: Json): void {
  demand(tool.type === 'function', `there is no tool of type ${tool.type}`);
  demand(NAME.test(textOf(tool.name)), `the name of a tool must match ${NAME.source}: ${tool.name}`);
  checkSchema(textOf(tool.name), tool.parameters);
  if (tool.strict !== true || !isRecord(tool.parameters)) return;
  demand(tool.parameters.additionalProperties === false, `a strict schema forbids additional properties: ${tool.name}`);
}

const reasoningId = (n: number): string => `rs_${String(n).padStart(4, '0')}`;

function responseEvents(given: Given, body: Json): string {
  const n = openaiResponses.replies(body);
  const include = Array.isArray(body.include) ? body.include : [];
  const encrypted = include.includes('reasoning.encrypted_content') ? { encrypted_content: given.signature } : {};
  const items = [
    ...(isReasoningModel(textOf(body.model))
      ? [{ type: 'reasoning', id: reasoningId(n), summary: [], ...encrypted }]
      : []),
    ...(given.text === '' ? [] : [messageItem(given.text, n)]),
    ...given.calls.map((call, i) => callItem(call, n, i)),
  ];
  const cut = given.finish === 'max_output_tokens' || given.finish === 'content_filter';
  const end = cut ? { status: 'incomplete', incomplete_details: { reason: given.finish } } : { status: 'completed' };
  const usage = {
    ...{ input_tokens: 100, input_tokens_details: { cached_tokens: 0 }, total_tokens: 120 },
    ...{ output_tokens: 20, output_tokens_details: { reasoning_tokens: 8 } },
  };
  const response = { id: 'resp_1', object: 'response', created_at: 1, model: body.model, output: items, usage, ...end };
  return [
    data({ type: 'response.created', response: { ...response, status: 'in_progress', output: [], usage: null } }),
    ...items.flatMap(itemEvents),
    data({ type: cut ? 'response.incomplete' : 'response.completed', response }),
  ].join('');
}

const messageItem = (text: string, n: number): Json => ({
  ...{ type: 'message', id: `msg_${n}`, role: 'assistant', status: 'completed' },
  content: [{ type: 'output_text', text, annotations: [], logprobs: [] }],
});

const callItem = ({ id, name, args }: Given['calls'][number], n: number, i: number): Json => ({
  ...{ type: 'function_call', id: `fc_${n}_${i}`, call_id: id, name, arguments: JSON.stringify(args) },
  status: 'completed',
});

function itemEvents(item: Json, output_index: number): string[] {
  const at = { output_index, item_id: item.id };
  const empty = {
    ...item,
    ...(item.type === 'message' ? { content: [] } : {}),
    ...(item.arguments ? { arguments: '' } : {}),
  };
  const deltas =
    item.type === 'message'
      ? pieces(textOf(listOf(item.content)[0]?.text)).map((delta) =>
          data({ type: 'response.output_text.delta', ...at, content_index: 0, delta, logprobs: [] }),
        )
      : pieces(textOf(item.arguments)).map((delta) =>
          data({ type: 'response.function_call_arguments.delta', ...at, delta }),
        );
  return [
    data({ type: 'response.output_item.added', output_index, item: empty }),
    ...deltas,
    data({ type: 'response.output_item.done', output_index, item }),
  ];
}
