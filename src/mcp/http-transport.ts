/**
 * Speaks with a server over streamable HTTP, through the library's transport. Redirects stay within the server's own
 * origin, so its headers go nowhere else, and no message is read beyond its bound.
 */
import { RookeryError, sentenceOf } from '../domain/errors.js';
import type { HttpServer } from '../domain/mcp.js';
import type { Wire } from './connection.js';
import { Meter } from './rate-limit.js';

type Library = typeof import('@modelcontextprotocol/client');

/** Throws a RookeryError for a header whose variable is not set. */
export function httpWire(
  server: HttpServer,
  env: Readonly<Record<string, string | undefined>>,
  { StreamableHTTPClientTransport }: Pick<Library, 'StreamableHTTPClientTransport'>,
): Wire {
  let why: string | undefined;
  const onOverlong = (problem: string): void => {
    why = problem;
    void wire.close().catch(() => undefined);
  };
  const transport = new StreamableHTTPClientTransport(new URL(server.url), {
    fetch: boundedFetch(onOverlong),
    requestInit: { headers: headersFor(server, env) },
  });
  const wire: Wire = Object.assign(transport, { why: () => why });
  return wire;
}

// ---

function headersFor({ name, headers = {} }: HttpServer, env: Readonly<Record<string, string | undefined>>) {
  return Object.fromEntries(
    Object.entries(headers).map(([header, variable]) => {
      const value = env[variable]?.trim();
      if (value) return [header, value];
      throw new RookeryError('missing_key', `The MCP server ${name} needs the variable ${variable}, which is not set`, {
        hint: `Set ${variable} and start the worker again`,
      });
    }),
  );
}

function boundedFetch(onOverlong: (problem: string) => void) {
  return async (url: string | URL, init?: RequestInit): Promise<Response> => {
    const response = await fetch(url, init);
    if (!response.body) return response;
    const stream = response.headers.get('content-type')?.startsWith('text/event-stream') ?? false;
    const { status, statusText, headers } = response;
    const body = response.body.pipeThrough(bounded(stream, onOverlong));
    const copy = new Response(body, { status, statusText, headers });
    // The library compares where an answer came from.
    Object.defineProperty(copy, 'url', { value: response.url });
    return copy;
  };
}

/** In an event stream the limit applies to each event: a stream may last for days. */
function bounded(events: boolean, onOverlong: (problem: string) => void): TransformStream<Uint8Array, Uint8Array> {
  const meter = new Meter();
  let last = 0;
  return new TransformStream({
    transform(chunk, controller) {
      try {
        let from = 0;
        for (let at = 0; events && at < chunk.length; at++) {
          const byte = chunk[at] ?? 0;
          if (byte === CARRIAGE) continue;
          if (byte === NEWLINE && last === NEWLINE) {
            meter.add(chunk.subarray(from, at));
            meter.reset();
            from = at;
          }
          last = byte;
        }
        meter.add(chunk.subarray(from));
        controller.enqueue(chunk);
      } catch (error) {
        onOverlong(sentenceOf(error));
        controller.error(error);
      }
    },
  });
}

const NEWLINE = 0x0a;
const CARRIAGE = 0x0d;
