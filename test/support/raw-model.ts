/**
 * A model server whose answers are given byte for byte: for what providers send beyond the plain protocol. It keeps the body
 * of each request.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { recordBody } from './bodies/record.js';

export interface RawServer {
  readonly url: string;
  readonly bodies: readonly Record<string, unknown>[];
  readonly paths: readonly string[];
  readonly headers: readonly Readonly<Record<string, string | string[] | undefined>>[];
}

/** The n-th request gets the n-th body, with 200 an event stream; the last one serves all that follow. */
export async function rawServer(answers: readonly string[], status = 200): Promise<RawServer> {
  const bodies: Record<string, unknown>[] = [];
  const paths: string[] = [];
  const headers: RawServer['headers'][number][] = [];
  const server = createServer(async (request, response) => {
    const arrived = {
      path: request.url ?? '',
      headers: request.headers,
      body: JSON.parse(await text(request)) as Record<string, unknown>,
    };
    recordBody(arrived);
    bodies.push(arrived.body);
    paths.push(arrived.path);
    headers.push(arrived.headers);
    response.writeHead(status, { 'content-type': status === 200 ? 'text/event-stream' : 'application/json' });
    response.end(answers[Math.min(bodies.length, answers.length) - 1]);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, bodies, paths, headers };
}
