/** Local servers that count who comes, and the few words with which a test asks them. */
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isGlobalUnicast } from '../../src/net/addresses.js';
import type { Allow, Resolve } from '../../src/net/pinned-connect.js';

export interface Local {
  readonly port: number;
  readonly url: string;
  readonly seen: IncomingMessage[];
  close(): void;
}

export async function serve(listener: RequestListener, host = '127.0.0.1', port = 0): Promise<Local> {
  const seen: IncomingMessage[] = [];
  const server: Server = createServer({ keepAlive: false }, (request, response) => {
    seen.push(request);
    response.setHeader('connection', 'close');
    listener(request, response);
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve));
  const bound = (server.address() as AddressInfo).port;
  return {
    port: bound,
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    seen,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Opens the check for these addresses, and for nothing else that is not public. */
export function allowing(...addresses: readonly string[]): Allow {
  return (address) => addresses.includes(address) || isGlobalUnicast(address);
}

/** Answers with each of these in turn, and begins anew. */
export function alternating(...answers: readonly (readonly string[])[]): Resolve & { asked: number } {
  const resolve = async () =>
    (answers[resolve.asked++ % answers.length] ?? []).map((address) => ({
      address,
      family: address.includes(':') ? 6 : 4,
    }));
  resolve.asked = 0;
  return resolve;
}

/** A signal that is never given. */
export const calm: InstanceType<typeof AbortController>['signal'] = new AbortController().signal;
