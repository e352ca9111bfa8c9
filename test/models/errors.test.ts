/** What goes wrong with a provider becomes one error with a code, a sentence, and no secret in it. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { type Script, startLlmServer } from '../support/llm-server.js';
import { errorOf, KEY, lines, modelAt, question, serve } from './support.js';

const fault = (status: number, message: string, fields: object = {}, headers: Record<string, string> = {}): Script => ({
  status,
  headers,
  body: { error: { message, ...fields } },
});

afterEach(() => void vi.useRealTimers());

describe.each(['openai', 'anthropic', 'litellm'] as const)('%s', (provider) => {
  test.each([
    ['401', fault(401, 'no'), 'auth', 'refused the key (401): no'],
    ['403', fault(403, 'no'), 'auth', 'refused the key (403)'],
    ['402', fault(402, 'pay'), 'billing', 'reports no credit left (402): pay'],
    ['429 without quota', fault(429, 'no', { code: 'insufficient_quota' }), 'billing', 'reports no credit left (429)'],
    ['400 without credit', fault(400, 'Your credit balance is too low'), 'billing', 'reports no credit left'],
    ['429', fault(429, 'slow down'), 'rate_limit', 'limits the rate (429): slow down'],
    ['408', fault(408, 'late'), 'unavailable', 'is not available (408): late'],
    ['409', fault(409, 'busy'), 'unavailable', '(409)'],
    ['500', fault(500, 'oops'), 'unavailable', '(500): oops'],
    ['502 with a page', { status: 502, body: '<html>bad gateway</html>' }, 'unavailable', 'is not available (502)'],
    ['529', fault(529, 'overloaded'), 'unavailable', '(529)'],
    ['400', fault(400, 'bad model'), 'bad_request', 'refused the request (400): bad model'],
    ['404', fault(404, 'no such model'), 'bad_request', '(404): no such model'],
    ['422 as FastAPI', { status: 422, body: { detail: [{ msg: 'x', input: 'y' }] } }, 'bad_request', '(422): x'],
    ['the code', fault(400, 'no', { code: 'context_length_exceeded' }), 'context_overflow', 'this long for m (400)'],
    ['Anthropic’s words', fault(400, 'prompt is too long: 9 > 8'), 'context_overflow', 'prompt is too long'],
    ['vLLM’s words', fault(400, "This model's maximum context length is 8"), 'context_overflow', 'maximum context'],
    ['413', fault(413, 'big'), 'context_overflow', '(413)'],
    [
      'a redirect',
      { status: 307, headers: { location: 'http://other.example/v1' } },
      'unavailable',
      'redirects to http:',
    ],
    ['a page', { html: true }, 'bad_reply', 'sent a web page instead of a reply'],
    ['an empty body', { empty: true }, 'bad_reply', 'sent an empty body'],
    ['an empty reply', { content: '' }, 'bad_reply', 'sent an empty reply'],
    ['a blank reply', { content: ' \n ', json: true }, 'bad_reply', 'sent an empty reply'],
    ['other JSON', { status: 200, body: { hello: 1 } }, 'bad_reply', 'sent JSON that is not a completion'],
    ['broken JSON', { status: 200, body: '{"choices": [' }, 'bad_reply', 'sent malformed JSON'],
    ['broken events', { status: 200, body: 'data: {"cho\n\n' }, 'bad_reply', 'broke off or is malformed'],
    ['a stream that ends early', { content: 'half a', after: 'end' }, 'bad_reply', 'broke off'],
    ['a socket that closes midway', { content: 'half a', after: 'cut' }, 'unavailable', 'closed the connection'],
    ['a socket that closes at once', { reset: true }, 'unavailable', 'closed the connection'],
    ['an error inside 200', { status: 200, body: { error: { message: 'up', code: 502 } } }, 'unavailable', '(502): up'],
    [
      'an error inside a stream',
      { status: 200, body: 'data: {"type":"error","error":{"type":"overloaded_error","message":"busy"}}\n\n' },
      'unavailable',
      '(529): busy',
    ],
  ] as const)('%s', async (_, script, code, sentence) => {
    const server = await serve(script);
    const error = await errorOf(modelAt(server, provider).ask(question()));
    expect(error.message).toContain(sentence);
    expect(error).toMatchObject({ code, message: expect.stringContaining(`${provider} at ${server.url}`) });
    expect(server.requests).toHaveLength(1);
  });

  test('the key is in no error, even when the provider says it', async () => {
    const server = await serve(fault(401, `wrong key ${KEY}, sent as Bearer ${KEY}`));
    const error = await errorOf(modelAt(server, provider).ask(question()));
    expect(error.message).toContain('wrong key [key]');
    expect(`${error.message}${error.stack}${String(error.cause)}${JSON.stringify(error)}`).not.toContain(KEY);
  });
});

test('a key that is shorter than eight characters replaces no letters of a sentence', async () => {
  const server = await serve(fault(400, 'the kernel broke'));
  const error = await errorOf(modelAt(server, 'litellm', { keys: { litellm: 'k' } }).ask(question()));
  expect(error.message).toContain('the kernel broke');
});

test('the conversation is in no error', async () => {
  const server = await serve({ status: 422, body: { echo: { messages: ['read a'] } } });
  const error = await errorOf(modelAt(server).ask(question()));
  expect(error.message).toBe(`litellm at ${server.url} refused the request (422)`);
  expect(error.cause).toBeUndefined();
});

test('long words of a provider are cut to one short line', async () => {
  const server = await serve(fault(400, `no\n\u001b[31m${'x'.repeat(5_000)}`));
  const { message } = await errorOf(modelAt(server).ask(question()));
  expect(message.length).toBeLessThanOrEqual(500);
  expect(message).not.toMatch(/[\n\u001b]/);
});

test('a refused connection names the endpoint', async () => {
  const server = await startLlmServer(() => ({}));
  await server.close();
  const error = await errorOf(modelAt(server).ask(question()));
  expect(error).toMatchObject({ code: 'unavailable', message: `litellm at ${server.url} refused the connection` });
});

test('a port that fetch never uses is said so', async () => {
  const error = await errorOf(modelAt({ url: 'http://127.0.0.1:1' }).ask(question()));
  expect(error).toMatchObject({ code: 'unavailable', message: expect.stringContaining('bad port') });
});

test('a name without an address is said so', async () => {
  const error = await errorOf(modelAt({ url: 'http://nowhere.invalid' }).ask(question()));
  expect(error).toMatchObject({ code: 'unavailable', message: expect.stringContaining('no address for its name') });
});

test.each([
  ['seconds', { 'retry-after': '7' }, 7_000],
  ['milliseconds', { 'retry-after-ms': '1500', 'retry-after': '9' }, 1_500],
  ['a date', { 'retry-after': 'Wed, 01 Jan 2031 00:00:30 GMT' }, 30_000],
  ['a date in the past, which is no wait', { 'retry-after': 'Wed, 01 Jan 2020 00:00:00 GMT' }, undefined],
  ['zero, which is no wait', { 'retry-after': '0' }, undefined],
  ['a negative number, which is no wait', { 'retry-after': '-5', 'retry-after-ms': '-1' }, undefined],
  ['an absurd value', { 'retry-after': '99999999999' }, 86_400_000],
  ['nonsense', { 'retry-after': 'soon' }, undefined],
])('retry-after in %s is carried', async (_, headers, expected) => {
  vi.useFakeTimers({ now: new Date('2031-01-01T00:00:00Z'), toFake: ['Date'] });
  const server = await serve(fault(429, 'slow down', {}, headers as Record<string, string>));
  const error = await errorOf(modelAt(server).ask(question()));
  expect(error.retryAfterMs).toBe(expected);
});

test.each([
  ['before any byte', { hang: true }],
  ['in the middle of a stream', { content: 'some text', after: 'hang' }],
] as const)('an abort %s throws its reason, although the server never ends its answer', async (_, script) => {
  const server = await serve(script);
  const controller = new AbortController();
  const reason = new Error('stop now');
  let heard = '';
  const asked = modelAt(server).ask(question({ signal: controller.signal, onText: (text) => (heard = text) }));
  asked.catch(() => undefined);
  await expect.poll(() => ('hang' in script ? server.requests.length === 1 : heard === 'some text')).toBe(true);
  controller.abort(reason);
  await expect(asked).rejects.toBe(reason);
});

test('an aborted question is not asked', async () => {
  const server = await serve({ content: 'x' });
  await expect(modelAt(server).ask(question({ signal: AbortSignal.abort('late') }))).rejects.toBe('late');
  expect(server.requests).toHaveLength(0);
});

test('an error inside a stream of Google’s own protocol is read', async () => {
  const said = { error: { code: 429, message: 'Slow down.', details: [{ retryDelay: '3.5s' }] } };
  const server = await serve({ status: 200, headers: { 'content-type': 'text/event-stream' }, body: lines(said) });
  const error = await errorOf(modelAt(server, 'google').ask(question()));
  expect(error).toMatchObject({
    code: 'rate_limit',
    retryAfterMs: 3_500,
    message: expect.stringContaining('Slow down'),
  });
});

test('counts of Google’s own protocol that cannot be are left out', async () => {
  const reply = { content: { role: 'model', parts: [{ text: 'hello' }] }, finishReason: 'STOP' };
  const usageMetadata = { promptTokenCount: -5, candidatesTokenCount: 3, totalTokenCount: 0.5 };
  const server = await serve({
    status: 200,
    headers: { 'content-type': 'text/event-stream' },
    body: lines({ candidates: [reply], usageMetadata }),
  });
  expect(await modelAt(server, 'google').ask(question())).toMatchObject({
    content: 'hello',
    usage: { input_tokens: 0, output_tokens: 3, total_tokens: 3 },
  });
});
