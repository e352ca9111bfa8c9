/**
 * One HTTP server for all strict dialects, each under its own path. It gives each model its scripted replies, refuses what
 * the real API refuses, and keeps what it refused: a test that expects no refusal looks there.
 */
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { recordBody } from '../bodies/record.js';
import { anthropic } from './anthropic.js';
import { deepseek } from './deepseek.js';
import { type Dialect, demand, isRecord, type Json, Refused, stringsIn, textOf } from './dialect.js';
import { gemini } from './gemini.js';
import { google } from './google.js';
import { mistral } from './mistral.js';
import { openaiChat } from './openai-chat.js';
import { openaiResponses } from './openai-responses.js';
import { asksForSummary, givenBy, type Plan, SUMMARY } from './script.js';
import { vllm } from './vllm.js';

/** The path of each dialect as its real server has it, behind the first part. */
const PATHS: Readonly<Record<string, Dialect>> = {
  '/openai/v1/chat/completions': openaiChat,
  '/openai/v1/responses': openaiResponses,
  '/anthropic/v1/messages': anthropic,
  '/gemini/v1beta/openai/chat/completions': gemini,
  '/deepseek/v1/chat/completions': deepseek,
  '/mistral/v1/chat/completions': mistral,
  '/vllm/v1/chat/completions': vllm,
};

/** Here the model is in the path. */
const GOOGLE = /^\/google\/v1beta\/models\/([^/]+):streamGenerateContent$/;

export interface StrictLog {
  readonly path: string;
  readonly model: string;
  readonly body: Json;
  /** Replies that the conversation had. */
  readonly replies: number;
  /** What was refused; absent: the request was answered. */
  readonly refused?: string;
}

export interface StrictServer {
  readonly url: string;
  /** The same for requests that come in another way. */
  readonly listener: RequestListener;
  readonly log: readonly StrictLog[];
  refusalsOf(model: string): readonly string[];
  /** The plan of a model; before each reply it waits for `hold`, which gets the number of the reply and the request. */
  add(model: string, plan: Plan, hold?: Hold): void;
  requestsOf(model: string): readonly StrictLog[];
  close(): Promise<void>;
}

/** Answered instead of a reply: a fault of the server, not a refusal of the request. */
export interface Fault {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export type Hold = (n: number, body: Json) => Promise<Fault | undefined> | Fault | undefined;

export interface StrictOptions {
  /** False: the requests are not ours, so their bodies do not count as ours. Default: true. */
  readonly ours?: boolean;
}

export async function startStrictServer({ ours = true }: StrictOptions = {}): Promise<StrictServer> {
  const log: StrictLog[] = [];
  const models = new Map<string, { plan: Plan; hold: Hold | undefined }>();
  const listener: RequestListener = (request, response) => {
    serve(request, response).catch((error: unknown) => response.destroy(error as Error));
  };
  const server = createServer(listener);

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const [path = '/'] = (request.url ?? '/').split('?');
    const [, named] = GOOGLE.exec(path) ?? [];
    const dialect = named === undefined ? PATHS[path] : google;
    if (dialect === undefined) return sendJson(response, 404, { error: { message: `nothing is at ${path}` } });
    const bytes = await bytesOf(request);
    const entry = { path, model: '', body: {} as Json, replies: 0 };
    try {
      entry.body = readBody(bytes);
      if (ours) recordBody({ path, headers: request.headers, body: entry.body });
      entry.model = named ?? textOf(entry.body.model);
      entry.body = { ...entry.body, model: entry.model };
      const found = models.get(entry.model);
      demand(found, `the model ${entry.model} does not exist`, 404);
      dialect.check({ headers: request.headers as Json as Record<string, string>, body: entry.body });
      entry.replies = dialect.replies(entry.body);
      log.push(entry);
      const fault = await found.hold?.(entry.replies, entry.body);
      if (fault) return sendJson(response, fault.status, fault.body ?? { error: { message: 'fault' } }, fault.headers);
      const planned = givenBy(found.plan, entry.model, entry.replies, dialect.idPrefix);
      const given = asksForSummary(entry.body) ? { ...planned, ...SUMMARY } : planned;
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end(dialect.events(given, entry.body));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      log.push({ ...entry, refused: `${dialect.name}: ${error.message}` });
      sendJson(response, error.status, dialect.errorBody(error));
    }
  };

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    listener,
    log,
    refusalsOf: (model) => log.flatMap((entry) => (entry.model === model && entry.refused) || []),
    add: (model, plan, hold) => void models.set(model, { plan, hold }),
    requestsOf: (model) => log.filter((entry) => entry.model === model),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

// ---

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

/** Valid UTF-8, valid JSON, and no half of a character in any string. */
function readBody(bytes: Buffer): Json {
  let body: unknown;
  try {
    body = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new Refused('the body could not be parsed as JSON');
  }
  demand(isRecord(body), 'the body is no JSON object');
  for (const text of stringsIn(body)) demand(text.isWellFormed(), 'the body holds half of a surrogate pair');
  return body;
}

function sendJson(response: ServerResponse, status: number, body: unknown, headers = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}
