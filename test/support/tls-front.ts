/**
 * A server that ends TLS in front of a real Temporal server, as a managed Temporal has it: it demands an API key or a client
 * certificate, and refuses the services that it does not offer.
 */
import {
  type ClientHttp2Session,
  connect,
  createSecureServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { CertificatePair } from './certificates.js';

export interface FrontOptions {
  /** Of the Temporal server behind it. */
  readonly behind: string;
  readonly certificate: CertificatePair;
  /** Demands a client certificate of this authority. */
  readonly clientAuthority?: Buffer;
  /** Demands `authorization: Bearer KEY`. */
  readonly apiKey?: string;
  /** Requests that are answered with a gRPC status instead. */
  readonly refuses?: (path: string) => number | undefined;
}

export interface SeenRequest {
  readonly path: string;
  readonly namespace: string | undefined;
}

export interface TlsFront {
  readonly port: number;
  /** `127.0.0.1:PORT`. */
  readonly address: string;
  /** Those that were let through. */
  readonly seen: readonly SeenRequest[];
  /** Paths of those that were refused. */
  readonly refused: readonly string[];
  close(): Promise<void>;
}

export async function startTlsFront(options: FrontOptions): Promise<TlsFront> {
  const { behind, certificate, clientAuthority } = options;
  const seen: SeenRequest[] = [];
  const refused: string[] = [];
  const sessions = new Set<ServerHttp2Session>();
  const upstream = connect(`http://${behind}`);
  upstream.on('error', () => undefined);
  const server = createSecureServer({
    cert: certificate.cert,
    key: certificate.key,
    ...(clientAuthority && { ca: clientAuthority, requestCert: true, rejectUnauthorized: true }),
  });
  server.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
    session.on('error', () => undefined);
  });
  server.on('sessionError', () => undefined);
  server.on('stream', (stream, headers) => {
    stream.on('error', () => undefined);
    const path = String(headers[':path']);
    const status = statusFor(options, headers);
    if (status !== undefined) {
      refused.push(path);
      return refuse(stream, status);
    }
    seen.push({ path, namespace: headers['temporal-namespace'] as string | undefined });
    forward(stream, headers, upstream);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    address: `127.0.0.1:${port}`,
    seen,
    refused,
    close: async () => {
      for (const session of sessions) session.destroy();
      upstream.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

// ---

const UNAUTHENTICATED = 16;

function statusFor({ apiKey, refuses }: FrontOptions, headers: IncomingHttpHeaders): number | undefined {
  if (apiKey !== undefined && headers.authorization !== `Bearer ${apiKey}`) return UNAUTHENTICATED;
  return refuses?.(String(headers[':path']));
}

function refuse(stream: ServerHttp2Stream, status: number): void {
  const answer = { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': String(status) };
  stream.respond({ ...answer, 'grpc-message': 'Request unauthorized.' }, { endStream: true });
}

function forward(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, upstream: ClientHttp2Session): void {
  const { authorization: _, ...passed } = headers;
  const onward = upstream.request({ ...passed, ':authority': 'temporal', ':scheme': 'http' });
  onward.on('error', () => stream.destroyed || stream.close());
  stream.once('close', () => onward.destroyed || onward.close());
  onward.once('response', (answer, flags) => {
    if (stream.destroyed) return;
    const endStream = (flags & END_STREAM) !== 0;
    stream.respond(answer, { endStream, waitForTrailers: !endStream });
    if (endStream) return;
    let trailers: IncomingHttpHeaders = {};
    onward.once('trailers', (last) => {
      trailers = last;
    });
    stream.once('wantTrailers', () => stream.sendTrailers(trailers));
    onward.pipe(stream);
  });
  stream.pipe(onward);
}

const END_STREAM = 0x1;
