/**
 * The codec server of the Web UI and the `temporal` command: POST /encode and /decode with payloads as JSON, under any
 * path before that. It hands out what the codec hides, so it answers pages of the given origins only, and programs that
 * have its token where there is one. Keeps and logs no content.
 */
import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Payload, PayloadCodec } from '@temporalio/common';
import { sentenceOf } from '../domain/errors.js';

export interface CodecServerOptions {
  readonly codecs: readonly PayloadCodec[];
  /** Of the Web UI, as `http://127.0.0.1:8233`. */
  readonly origins: readonly string[];
  /** What every request must bring as `Authorization: Bearer TOKEN`; absent: none is asked for. */
  readonly token?: string;
  /** Host headers that are answered; absent: every one. */
  readonly hosts?: () => readonly string[];
}

/** The server does not listen yet. */
export function createCodecServer(options: CodecServerOptions): Server {
  return createServer({ requestTimeout: REQUEST_MS }, (request, response) => {
    void answer(request, response, options).catch(() => response.destroy());
  });
}

// ---

const REQUEST_MS = 30_000;
/** More than the payloads of one history event, which the server limits to 4 MB. */
const MAX_BODY_BYTES = 16 * 1024 * 1024;
const ALLOWED_HEADERS = 'content-type, x-namespace, authorization, authorization-extras';

interface Refusal {
  readonly status: number;
  readonly why: string;
}

async function answer(request: IncomingMessage, response: ServerResponse, options: CodecServerOptions): Promise<void> {
  const { origin } = request.headers;
  response.setHeader('cache-control', 'no-store');
  response.setHeader('vary', 'origin');
  const refused = refusalOf(request, options);
  if (refused) return send(response, refused);
  if (origin !== undefined) {
    response.setHeader('access-control-allow-origin', origin);
    response.setHeader('access-control-allow-credentials', 'true');
  }
  if (request.method === 'OPTIONS') return preflight(request, response);
  const unauthorized = tokenProblem(request, options.token) ?? (await bodyProblem(request));
  if (unauthorized) return send(response, unauthorized);
  const body = await readBody(request);
  if (body === undefined)
    return send(response, { status: 413, why: `The body is larger than ${MAX_BODY_BYTES} bytes` });
  try {
    const payloads = await recoded(payloadsIn(body), operationOf(request), options.codecs);
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ payloads }));
  } catch (error) {
    send(response, { status: 400, why: sentenceOf(error) });
  }
}

function refusalOf(request: IncomingMessage, { origins, hosts }: CodecServerOptions): Refusal | undefined {
  const { host = '', origin } = request.headers;
  // A page whose name resolves to this machine names another host.
  if (hosts && !hosts().includes(host)) return { status: 421, why: 'The Host header names another server' };
  if (origin !== undefined && !origins.includes(origin)) {
    return { status: 403, why: 'Pages of this origin are refused: name the Web UI with --origin' };
  }
  return operationOf(request) === undefined ? { status: 404, why: 'There are /encode and /decode only' } : undefined;
}

function preflight(request: IncomingMessage, response: ServerResponse): void {
  // Chromium asks for it where a public page reaches a private address.
  if (request.headers['access-control-request-private-network'] === 'true') {
    response.setHeader('access-control-allow-private-network', 'true');
  }
  response
    .writeHead(204, {
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': ALLOWED_HEADERS,
      'access-control-max-age': '600',
    })
    .end();
}

function tokenProblem({ headers }: IncomingMessage, token: string | undefined): Refusal | undefined {
  if (token === undefined) return undefined;
  const given = Buffer.from(headers.authorization ?? '');
  const wanted = Buffer.from(`Bearer ${token}`);
  if (given.length === wanted.length && timingSafeEqual(given, wanted)) return undefined;
  return { status: 401, why: 'The Authorization header does not have the token of this codec server' };
}

/** A type that no page can send without a preflight request. */
function bodyProblem({ method, headers }: IncomingMessage): Refusal | undefined {
  if (method !== 'POST') return { status: 405, why: 'Only POST is answered' };
  const isJson = /^application\/json\b/i.test(headers['content-type'] ?? '');
  return isJson ? undefined : { status: 415, why: 'The body must be application/json' };
}

/** @returns undefined when it is too large */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > MAX_BODY_BYTES) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

/** Closes the connection: the rest of a body is not read. */
function send(response: ServerResponse, { status, why }: Refusal): void {
  response.writeHead(status, { connection: 'close', 'content-type': 'text/plain; charset=utf-8' }).end(`${why}.\n`);
}

function operationOf({ url = '' }: IncomingMessage): 'encode' | 'decode' | undefined {
  const last = url.split('?')[0]?.split('/').at(-1);
  return last === 'encode' || last === 'decode' ? last : undefined;
}

/** As protobuf writes a payload in JSON: bytes are base64. */
interface PayloadJson {
  readonly metadata?: Readonly<Record<string, string>>;
  readonly data?: string;
}

function payloadsIn(body: string): Payload[] {
  const { payloads } = Object(JSON.parse(body)) as { payloads?: unknown };
  if (!Array.isArray(payloads)) throw new Error('The body has no payloads');
  return payloads.map((payload: PayloadJson | null) => ({
    metadata: mapped(payload?.metadata ?? {}, (text) => Buffer.from(String(text), 'base64')),
    data: Buffer.from(String(payload?.data ?? ''), 'base64'),
  }));
}

async function recoded(
  payloads: Payload[],
  operation: 'encode' | 'decode' | undefined,
  codecs: readonly PayloadCodec[],
): Promise<PayloadJson[]> {
  let current = payloads;
  const order = operation === 'encode' ? codecs : [...codecs].reverse();
  for (const codec of order) current = await (operation === 'encode' ? codec.encode(current) : codec.decode(current));
  return current.map(({ metadata, data }) => ({
    metadata: mapped(metadata ?? {}, base64),
    ...(data && data.length > 0 ? { data: base64(data) } : {}),
  }));
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

function mapped<V, R>(object: Readonly<Record<string, V>>, convert: (value: V) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, convert(value)]));
}
