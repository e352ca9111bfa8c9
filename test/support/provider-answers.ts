/** A short answer of each provider, byte for byte as its API streams it. */

const data = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`;

const event = (type: string, fields: object): string => `event: ${type}\n${data({ type, ...fields })}`;

export const CHAT_DONE = [
  data({
    id: 'r',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'm',
    choices: [{ index: 0, delta: { role: 'assistant', content: 'done' }, finish_reason: null }],
  }),
  data({
    id: 'r',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'm',
    choices: [{ index: 0, delta: {}, finish_reason: 'stop' }],
  }),
  data({
    id: 'r',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'm',
    choices: [],
    usage: {
      prompt_tokens: 100,
      completion_tokens: 5,
      total_tokens: 105,
      prompt_tokens_details: { cached_tokens: 80 },
      completion_tokens_details: { reasoning_tokens: 3 },
    },
  }),
  'data: [DONE]\n\n',
].join('');

export const ANTHROPIC_DONE = [
  event('message_start', {
    message: {
      id: 'm1',
      type: 'message',
      role: 'assistant',
      model: 'm',
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: { input_tokens: 10, cache_read_input_tokens: 80, cache_creation_input_tokens: 10, output_tokens: 0 },
    },
  }),
  event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
  event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'done' } }),
  event('content_block_stop', { index: 0 }),
  event('message_delta', { delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 5 } }),
  event('message_stop', {}),
].join('');

export const GOOGLE_DONE = data({
  candidates: [{ content: { role: 'model', parts: [{ text: 'done' }] }, finishReason: 'STOP', index: 0 }],
  usageMetadata: {
    promptTokenCount: 100,
    candidatesTokenCount: 5,
    totalTokenCount: 108,
    cachedContentTokenCount: 80,
    thoughtsTokenCount: 3,
  },
});

const RESPONSE = {
  id: 'resp_1',
  object: 'response',
  created_at: 1,
  model: 'm',
  status: 'in_progress',
  output: [],
  service_tier: null,
};
const RESPONSE_USAGE = {
  input_tokens: 100,
  input_tokens_details: { cached_tokens: 80 },
  output_tokens: 5,
  output_tokens_details: { reasoning_tokens: 3 },
  total_tokens: 105,
};

/** The output items of a response as its events. */
export function responseEvents(...items: readonly Record<string, unknown>[]): string {
  let sequence_number = 0;
  const next = (type: string, fields: object): string => event(type, { sequence_number: sequence_number++, ...fields });
  const body = items.flatMap((item, output_index) => {
    const ends = [
      next('response.output_item.added', { output_index, item: started(item) }),
      next('response.output_item.done', { output_index, item }),
    ];
    if (item.type !== 'message') return ends;
    const [part] = item.content as { text: string }[];
    const at = { output_index, item_id: item.id, content_index: 0 };
    return [ends[0], next('response.output_text.delta', { ...at, delta: part?.text ?? '', logprobs: [] }), ends[1]];
  });
  return [
    next('response.created', { response: RESPONSE }),
    ...body,
    next('response.completed', {
      response: { ...RESPONSE, status: 'completed', output: items, usage: RESPONSE_USAGE },
    }),
  ].join('');
}

function started(item: Record<string, unknown>): Record<string, unknown> {
  if (item.type === 'message') return { ...item, content: [], status: 'in_progress' };
  if (item.type === 'function_call') return { ...item, arguments: '', status: 'in_progress' };
  return item;
}

export const RESPONSE_DONE = responseEvents({
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  status: 'completed',
  content: [{ type: 'output_text', text: 'done', annotations: [], logprobs: [] }],
});

/** Mistral sends its usage with the last choice. */
export const MISTRAL_DONE = [
  data({
    id: 'r',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'm',
    choices: [{ index: 0, delta: { role: 'assistant', content: 'done' }, finish_reason: null }],
  }),
  data({
    id: 'r',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'm',
    choices: [{ index: 0, delta: { content: '' }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 100, completion_tokens: 5, total_tokens: 105 },
  }),
  'data: [DONE]\n\n',
].join('');

/** DeepSeek counts its cache in a field that only it has. */
export const DEEPSEEK_DONE = CHAT_DONE.replace(
  '"total_tokens":105',
  '"total_tokens":105,"prompt_cache_hit_tokens":80,"prompt_cache_miss_tokens":20',
);
