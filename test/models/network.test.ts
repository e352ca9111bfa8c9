/** Proxies and certificate authorities, with a real proxy and a real TLS server. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, request as httpRequest, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { createFetch } from '../../src/models/network.js';
import { errorOf, modelAt, question, serve } from './support.js';

let certificates: string;

beforeAll(() => {
  certificates = mkdtempSync(join(tmpdir(), 'rookery-tls-'));
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2'];
  const files = ['-keyout', join(certificates, 'key.pem'), '-out', join(certificates, 'cert.pem')];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  execFileSync('openssl', ['req', '-x509', ...key, ...subject, ...files], { stdio: 'ignore' });
});

afterAll(() => rmSync(certificates, { recursive: true, force: true }));

/** Forwards both kinds of proxy request and keeps the names of the targets. */
async function proxy(): Promise<{ url: string; targets: string[] }> {
  const targets: string[] = [];
  const server: Server = createServer((incoming, outgoing) => {
    targets.push(new URL(incoming.url ?? '').host);
    const { method, headers } = incoming;
    const onward = httpRequest(incoming.url ?? '', { method, headers }, (response) => {
      outgoing.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(outgoing);
    });
    incoming.pipe(onward);
  });
  server.on('connect', (incoming, socket) => {
    targets.push(incoming.url ?? '');
    const [host, port] = (incoming.url ?? '').split(':');
    const onward = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    for (const end of [onward, socket]) end.on('error', () => [onward, socket].map((other) => other.destroy()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, targets };
}

const secure = () =>
  serve(
    { content: 'ok' },
    {
      key: readFileSync(join(certificates, 'key.pem'), 'utf8'),
      cert: readFileSync(join(certificates, 'cert.pem'), 'utf8'),
    },
  );

test('requests go through the proxy, except to hosts that need none', async () => {
  const server = await serve({ content: 'ok' });
  const { url, targets } = await proxy();
  await modelAt(server, 'litellm', { fetch: createFetch({ httpProxy: url }) }).ask(question());
  expect(targets).toEqual([new URL(server.url).host]);
  const direct = createFetch({ httpProxy: url, noProxy: '127.0.0.1' });
  await modelAt(server, 'litellm', { fetch: direct }).ask(question());
  expect(targets).toHaveLength(1);
  expect(server.requests).toHaveLength(2);
});

test('proxy variables of the environment count only when they are passed in', async () => {
  vi.stubEnv('HTTP_PROXY', 'http://127.0.0.1:2');
  vi.stubEnv('http_proxy', 'http://127.0.0.1:2');
  onTestFinished(() => void vi.unstubAllEnvs());
  const server = await serve({ content: 'ok' });
  expect(await modelAt(server).ask(question())).toMatchObject({ content: 'ok' });
});

test('a proxy that is gone is an unavailable provider', async () => {
  const server = await serve({ content: 'ok' });
  const fetch = createFetch({ httpProxy: 'http://127.0.0.1:2' });
  expect(await errorOf(modelAt(server, 'litellm', { fetch }).ask(question()))).toMatchObject({ code: 'unavailable' });
});

test('an unknown certificate is refused, and the error says what to do', async () => {
  const server = await secure();
  expect(await errorOf(modelAt(server).ask(question()))).toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining('cannot be reached over TLS'),
    hint: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
  });
});

test('a certificate from an extra file is trusted, directly and through a proxy', async () => {
  const server = await secure();
  const extraCaFile = join(certificates, 'cert.pem');
  const { url, targets } = await proxy();
  for (const httpsProxy of ['', url]) {
    const fetch = createFetch({ extraCaFile, httpsProxy });
    expect(await modelAt(server, 'litellm', { fetch }).ask(question())).toMatchObject({ content: 'ok' });
  }
  expect(targets).toEqual([new URL(server.url).host]);
});

test('a certificate file that cannot be read is named', () => {
  expect(() => createFetch({ extraCaFile: '/nowhere/ca.pem' })).toThrow(
    expect.objectContaining({ code: 'environment', message: expect.stringContaining('/nowhere/ca.pem') }),
  );
});
