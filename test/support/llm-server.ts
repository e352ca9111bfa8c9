/**
 * A real local HTTP server that speaks the OpenAI and the Anthropic protocol, streaming and not.
 * What it answers is a pure function of the request; what it was asked stays in `requests`. It never judges, but each body is
 * recorded for the validation at the end of the run.
 */
import { appendFileSync } from 'node:fs';
import { createServer as createHttp, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo } from 'node:net';
import { recordBody } from './bodies/record.js';

export interface WireMessage {
  readonly role: string;
  readonly content?: unknown;
  readonly tool_calls?: readonly { id: string; function: { name: string; arguments: string } }[];
  readonly tool_call_id?: string;
}

export interface LlmRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly model: string;
  readonly messages: readonly WireMessage[];
  readonly tools: readonly unknown[];
  readonly stream: boolean;
  /** The whole body, for what the fields above leave out. */
  readonly body: Readonly<Record<string, unknown>>;
}

export interface ScriptCall {
  readonly id: string;
  readonly name: string;
  /** A string goes out as it is, so that broken JSON can be sent. */
  readonly args: unknown;
}

export interface ScriptReply {
  readonly content?: string;
  readonly calls?: readonly ScriptCall[];
  readonly usage?: {
    readonly input: number;
    readonly output: number;
    readonly cached?: number;
    readonly cost?: number;
  };
  /** The provider's own word; null: none is sent. */
  readonly finish?: string | null;
  readonly delayMs?: number;
  /** Between two pieces of streamed text. */
  readonly pieceDelayMs?: number;
  /** The pieces of the text. Default: three of about the same length. */
  readonly pieces?: readonly string[];
  /** Awaited before the n-th piece, from 0, and once more before the end. */
  readonly hold?: (n: number) => Promise<void>;
  /** Answer with one JSON body although a stream was asked for. */
  readonly json?: boolean;
  /** After the text: stop without an end (`end`), destroy the socket (`cut`), or say nothing more (`hang`). */
  readonly after?: 'end' | 'cut' | 'hang';
}

export interface ScriptFault {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object goes out as JSON. */
  readonly body?: unknown;
  readonly delayMs?: number;
}

export type Script =
  | ScriptReply
  | ScriptFault
  | { readonly hang: true }
  | { readonly reset: true }
  | { readonly html: true }
  | { readonly empty: true };

export interface LoggedRequest extends LlmRequest {
  /** Milliseconds since 1970 when the request had come in whole. */
  readonly time: number;
  answer: Script | undefined;
  /** The response was handed to the network to its last byte. */
  sent: boolean;
}

export interface LlmServer {
  /** Base URL without `/v1`. */
  readonly url: string;
  readonly requests: readonly LoggedRequest[];
  close(): Promise<void>;
}

export interface LlmServerOptions {
  readonly port?: number;
  /** Every request is appended here as one JSON line, when its response has ended. */
  readonly logFile?: string;
  /** Names of the models that it lists. Default: one. */
  readonly models?: () => readonly string[];
  /** Of each request only that it came is kept: the long runs would not fit into memory. */
  readonly forget?: boolean;
  readonly tls?: { readonly key: string; readonly cert: string };
}

export async function startLlmServer(
  script: (request: LlmRequest) => Script | Promise<Script>,
  options: LlmServerOptions = {},
): Promise<LlmServer> {
  const requests: LoggedRequest[] = [];
  const serve = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const request = await readRequest(incoming);
    if (incoming.method === 'GET') {
      const names = options.models?.() ?? ['scripted'];
      return sendJson(response, 200, { object: 'list', data: names.map((id) => ({ id })) });
    }
    recordBody(request);
    const kept = options.forget ? { ...request, messages: [], body: {} } : request;
    const logged: LoggedRequest = { ...kept, time: Date.now(), answer: undefined, sent: false };
    requests.push(logged);
    response.on('finish', () => {
      logged.sent = true;
    });
    response.on('close', () => {
      if (options.logFile) appendFileSync(options.logFile, `${JSON.stringify(logged)}\n`);
    });
    logged.answer = await script(request);
    await answer(response, request, logged.answer);
  };
  const listener = (incoming: IncomingMessage, response: ServerResponse): void => {
    serve(incoming, response).catch((error: unknown) => response.destroy(error as Error));
  };
  const server = options.tls ? createHttps(options.tls, listener) : createHttp(listener);
  server.keepAliveTimeout = 30_000;
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url: `${options.tls ? 'https' : 'http'}://127.0.0.1:${port}`, requests, close };
}

export interface AgentScript {
  /** Replies that request calls; the reply after them is `final`. */
  readonly iterations: number;
  callFor(n: number): { name: string; args: unknown } | readonly { name: string; args: unknown }[];
  readonly final: string;
  /** Every reply numbers its calls from `call_0` again, as some providers do. */
  readonly repeatIds?: boolean;
}

/** A model that works for `iterations` replies and then answers; which reply is due is read from the conversation. */
export function scriptedAgent(agent: AgentScript): (request: LlmRequest) => ScriptReply {
  return ({ messages }) => {
    const n = repliesIn(messages);
    if (n >= agent.iterations) return { content: agent.final };
    const wanted = ([agent.callFor(n)].flat() as { name: string; args: unknown }[]).map((call) => varied(call, n));
    return { calls: wanted.map((call, i) => ({ id: agent.repeatIds ? `call_${i}` : `call_${n}_${i}`, ...call })) };
  };
}

/**
 * Every fourth call in other words: a task whose model makes the same call again and again is told so, and then waits
 * for a person.
 */
export function varied<T extends { name: string; args: unknown }>(call: T, n: number): T {
  const other = n % 4 === 3 ? OTHER_WORDS[call.name] : undefined;
  return other ? { ...call, args: { ...(call.args as object), ...other } } : call;
}

const OTHER_WORDS: Readonly<Record<string, object>> = {
  read_file: { limit: 10_000 },
  list_files: { recursive: false },
  search_files: { max_results: 500 },
  shell: { timeout_secs: 100 },
};

/** How many replies the conversation has had, those that were removed from it included. */
export function repliesIn(messages: readonly WireMessage[]): number {
  const users = messages.filter(({ role }) => role === 'user');
  const removed = Number(/\[The first (\d+) replies of this task/.exec(JSON.stringify(users))?.[1] ?? 0);
  return removed + messages.filter(({ role }) => role === 'assistant').length;
}

// --- internal ---

async function readRequest(incoming: IncomingMessage): Promise<LlmRequest> {
  const pieces: Buffer[] = [];
  for await (const piece of incoming) pieces.push(piece as Buffer);
  const text = Buffer.concat(pieces).toString('utf8');
  const body = (text ? JSON.parse(text) : {}) as Record<string, unknown>;
  return {
    path: incoming.url ?? '/',
    headers: incoming.headers as Record<string, string>,
    model: String(body.model ?? ''),
    messages: (body.messages ?? []) as WireMessage[],
    tools: (body.tools ?? []) as unknown[],
    stream: body.stream === true,
    body,
  };
}

const pause = (ms: number | undefined): Promise<void> =>
  ms ? new Promise((resolve) => setTimeout(resolve, ms)) : Promise.resolve();

async function answer(response: ServerResponse, request: LlmRequest, script: Script): Promise<void> {
  if ('hang' in script) return;
  if ('reset' in script) return void response.socket?.destroy();
  if ('html' in script) {
    response.writeHead(200, { 'content-type': 'text/html' });
    return void response.end('<!doctype html><title>Sign in</title>');
  }
  if ('empty' in script) return void response.writeHead(200).end();
  await pause(script.delayMs);
  if ('status' in script) return sendFault(response, script);
  const speak = request.path.endsWith('/messages') ? anthropic : openai;
  if (!request.stream || script.json) return sendJson(response, 200, speak.whole(script, request.model));
  await sendEvents(response, script, speak.events(script, request.model));
}

function sendFault(response: ServerResponse, { status, headers, body }: ScriptFault): void {
  if (typeof body === 'string') return void response.writeHead(status, headers).end(body);
  sendJson(response, status, body ?? { error: { message: `fault ${status}` } }, headers);
}

function sendJson(response: ServerResponse, status: number, body: unknown, headers = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

async function sendEvents(response: ServerResponse, script: ScriptReply, events: Events): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const head = events.text.length - piecesOf(script).length;
  for (const [n, event] of events.text.entries()) {
    if (n >= head) await script.hold?.(n - head);
    response.write(event);
    await pause(script.pieceDelayMs);
  }
  await script.hold?.(events.text.length - head);
  if (script.after === 'hang') return;
  if (script.after === 'cut') return void response.write('data: {"ch', () => response.socket?.destroy());
  if (script.after === 'end') return void response.end();
  response.end(events.rest.join(''));
}

interface Events {
  readonly text: readonly string[];
  readonly rest: readonly string[];
}

/** Three pieces, so that text grows while it is read. */
function piecesOf({ content: text = '', pieces }: ScriptReply): readonly string[] {
  if (pieces) return pieces;
  const third = Math.max(1, Math.ceil(text.length / 3));
  return text === ''
    ? []
    : [0, 1, 2].map((i) => text.slice(i * third, (i + 1) * third)).filter((piece) => piece !== '');
}

const argsText = (args: unknown): string => (typeof args === 'string' ? args : JSON.stringify(args));

const openai = {
  whole(script: ScriptReply, model: string): unknown {
    const tool_calls = script.calls?.map(openaiCall);
    const message = { role: 'assistant', content: script.content ?? null, ...(tool_calls && { tool_calls }) };
    const choice = { index: 0, message, finish_reason: openaiFinish(script) };
    return { id: 'r1', object: 'chat.completion', created: 1, model, choices: [choice], usage: openaiUsage(script) };
  },
  events(script: ScriptReply, model: string): Events {
    const head = { id: 'r1', object: 'chat.completion.chunk', created: 1, model };
    const event = (fields: object): string => `data: ${JSON.stringify({ ...head, ...fields })}\n\n`;
    const delta = (value: object): string => event({ choices: [{ index: 0, delta: value, finish_reason: null }] });
    const calls = (script.calls ?? []).map((call, index) => delta({ tool_calls: [{ index, ...openaiCall(call) }] }));
    const finish = event({ choices: [{ index: 0, delta: {}, finish_reason: openaiFinish(script) }] });
    const text = piecesOf(script).map((content) => delta({ content }));
    return {
      text: [delta({ role: 'assistant' }), ...text],
      rest: [...calls, finish, event({ choices: [], usage: openaiUsage(script) }), 'data: [DONE]\n\n'],
    };
  },
};

const openaiCall = ({ id, name, args }: ScriptCall): object => ({
  id,
  type: 'function',
  function: { name, arguments: argsText(args) },
});

function openaiFinish({ finish, calls }: ScriptReply): string | null {
  return finish === undefined ? (calls?.length ? 'tool_calls' : 'stop') : finish;
}

function openaiUsage({ usage = { input: 10, output: 5 } }: ScriptReply): object {
  const { input, output, cached, cost } = usage;
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    ...(cached === undefined ? {} : { prompt_tokens_details: { cached_tokens: cached } }),
    ...(cost === undefined ? {} : { cost }),
  };
}

const anthropic = {
  whole(script: ScriptReply, model: string): unknown {
    const text = script.content ? [{ type: 'text', text: script.content }] : [];
    const calls = (script.calls ?? []).map(({ id, name, args }) => ({ type: 'tool_use', id, name, input: args }));
    const { input, output } = script.usage ?? { input: 10, output: 5 };
    const usage = { input_tokens: input, output_tokens: output };
    const stop_reason = script.finish === undefined ? (calls.length ? 'tool_use' : 'end_turn') : script.finish;
    const content = [...text, ...calls];
    return { id: 'm1', type: 'message', role: 'assistant', model, content, stop_reason, stop_sequence: null, usage };
  },
  events(script: ScriptReply, model: string): Events {
    const event = (type: string, fields: object): string =>
      `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
    const whole = anthropic.whole(script, model) as { stop_reason: unknown; usage: { output_tokens: number } };
    const opening = { ...whole, content: [], stop_reason: null, usage: { ...whole.usage, output_tokens: 0 } };
    const text = piecesOf(script).map((piece) =>
      event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: piece } }),
    );
    const first = script.content ? 1 : 0;
    const calls = (script.calls ?? []).flatMap(({ id, name, args }, i) => {
      const index = first + i;
      return [
        event('content_block_start', { index, content_block: { type: 'tool_use', id, name, input: {} } }),
        event('content_block_delta', { index, delta: { type: 'input_json_delta', partial_json: argsText(args) } }),
        event('content_block_stop', { index }),
      ];
    });
    const start = first ? [event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } })] : [];
    const stop = first ? [event('content_block_stop', { index: 0 })] : [];
    const delta = { stop_reason: whole.stop_reason, stop_sequence: null };
    const end = event('message_delta', { delta, usage: { output_tokens: whole.usage.output_tokens } });
    return {
      text: [event('message_start', { message: opening }), ...start, ...text],
      rest: [...stop, ...calls, end, event('message_stop', {})],
    };
  },
};
