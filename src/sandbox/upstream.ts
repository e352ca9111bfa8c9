/**
 * Connections of the sandbox's proxy that go through the proxy of this host's user: a tunnel by CONNECT, or a plain request
 * that names the whole URL. The user's name and password for it stay outside of the sandbox.
 */
import type { ClientRequest, IncomingHttpHeaders, RequestOptions } from 'node:http';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import type { Target } from './hosts.js';

/** @returns a connection to the target; rejects when the proxy does not open one */
export function tunnelThrough(proxy: URL, target: Target, timeoutMs: number): Promise<Socket> {
  const path = authorityOf(target);
  return new Promise((resolve, reject) => {
    const request = requestTo(proxy, {
      method: 'CONNECT',
      path,
      headers: { host: path, ...credentialsFor(proxy) },
      agent: false,
    });
    request.setTimeout(timeoutMs, () => request.destroy(new Error('the proxy does not answer')));
    request.once('connect', ({ statusCode }, socket: Socket, head) => {
      socket.setTimeout(0);
      if (statusCode !== 200) {
        socket.destroy();
        reject(new Error(`the proxy answered ${statusCode}`));
        return;
      }
      if (head.length > 0) socket.unshift(head);
      resolve(socket);
    });
    request.once('response', (answer) => {
      answer.destroy();
      reject(new Error(`the proxy answered ${answer.statusCode}`));
    });
    request.once('error', reject);
    request.end();
  });
}

export interface PlainRequest {
  readonly method: string | undefined;
  readonly target: Target;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

export function requestThrough(proxy: URL, { method, target, path, headers }: PlainRequest): ClientRequest {
  const url = `http://${authorityOf(target).replace(/:80$/, '')}${path}`;
  return requestTo(proxy, { method, path: url, headers: { ...headers, ...credentialsFor(proxy) }, agent: false });
}

/** Others are answered with an error: what asks through them would otherwise go past them. */
export function isSpoken({ protocol }: URL): boolean {
  return protocol === 'http:' || protocol === 'https:';
}

// ---

function requestTo(proxy: URL, options: RequestOptions): ClientRequest {
  const host = proxy.hostname.replace(/^\[|\]$/g, '');
  const isTls = proxy.protocol === 'https:';
  const port = proxy.port || (isTls ? 443 : 80);
  return (isTls ? httpsRequest : httpRequest)({ ...options, host, port });
}

function authorityOf({ host, port }: Target): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function credentialsFor({ username, password }: URL): Record<string, string> {
  if (username === '' && password === '') return {};
  const plain = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(plain).toString('base64')}` };
}
