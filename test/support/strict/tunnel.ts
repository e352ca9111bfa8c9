/**
 * The real host names of providers, led to a strict server: a proxy that ends the TLS of each tunnel itself. A worker that
 * uses `network` reaches `https://api.openai.com` here and does what it would do there.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NetworkSettings } from '../../../src/models/network.js';
import type { StrictServer } from './server.js';

export interface Tunnel {
  readonly network: NetworkSettings;
  close(): void;
}

/** `host`: the only one that is reached; its paths are those of the strict server behind `prefix`. */
export async function openTunnel(strict: StrictServer, host: string, prefix: string): Promise<Tunnel> {
  const folder = mkdtempSync(join(tmpdir(), 'rookery-tunnel-'));
  const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-days', '2', '-subj', `/CN=${host}`, '-addext', `subjectAltName=DNS:${host}`];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  execFileSync('openssl', ['req', '-x509', ...key, ...subject, '-keyout', keyFile, '-out', certFile], {
    stdio: 'ignore',
  });
  const pair = { key: readFileSync(keyFile), cert: readFileSync(certFile) };
  const secure = createHttps(pair, (request: IncomingMessage, response: ServerResponse) => {
    request.url = prefix + (request.url ?? '/');
    strict.listener(request, response);
  });
  const proxy = createServer((_, response) => response.writeHead(405).end());
  const sockets = new Set<Socket>();
  proxy.on('connect', ({ url }, socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    if (url !== `${host}:443`) return void socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    secure.emit('connection', socket);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  return {
    network: { httpsProxy: address, extraCaFile: certFile },
    close: () => {
      for (const socket of sockets) socket.destroy();
      proxy.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
