/** Proxies, certificate authorities and packed answers, with a real proxy and real servers. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { createFetch } from '../../src/models/network.js';
import { startTunnelProxy } from '../support/tunnel-proxy.js';
import { errorOf, modelAt, question, serve } from './support.js';

let certificates: string;

beforeAll(() => {
  certificates = mkdtempSync(join(tmpdir(), 'rookery-tls-'));
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:models.test', '-days', '2'];
  const files = ['-keyout', join(certificates, 'key.pem'), '-out', join(certificates, 'cert.pem')];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  execFileSync('openssl', ['req', '-x509', ...key, ...subject, ...files], { stdio: 'ignore' });
});

afterAll(() => rmSync(certificates, { recursive: true, force: true }));

async function proxy(answer?: string) {
  const started = await startTunnelProxy(answer);
  onTestFinished(started.close);
  return started;
}

const secure = () =>
  serve(
    { content: 'ok' },
    {
      key: readFileSync(join(certificates, 'key.pem'), 'utf8'),
      cert: readFileSync(join(certificates, 'cert.pem'), 'utf8'),
    },
  );

/** The same server under a name that only the proxy can resolve. */
const remote = ({ url }: { url: string }) => ({ url: url.replace('127.0.0.1', 'models.test') });

test('requests go through the proxy, except to hosts that need none', async () => {
  const server = await serve({ content: 'ok' });
  const { url, targets } = await proxy();
  await modelAt(remote(server), 'litellm', { fetch: createFetch({ httpProxy: url }) }).ask(question());
  expect(targets).toEqual([new URL(remote(server).url).host]);
  const fetch = createFetch({ httpProxy: url, noProxy: 'x, .test' });
  const error = await errorOf(modelAt(remote(server), 'litellm', { fetch }).ask(question()));
  expect(error.message).toContain('no address for its name');
  expect(targets).toHaveLength(1);
});

test.each(['127.0.0.1', 'localhost', '[::ffff:127.0.0.1]'])('%s is never asked through a proxy', async (host) => {
  const server = await serve({ content: 'ok' });
  const { url, targets } = await proxy();
  const fetch = createFetch({ httpProxy: url, httpsProxy: url });
  const model = modelAt({ url: server.url.replace('127.0.0.1', host) }, 'litellm', { fetch });
  expect(await model.ask(question())).toMatchObject({ content: 'ok' });
  expect(targets).toEqual([]);
});

test('a proxy without a scheme is one for HTTP; what is no address at all is said so', async () => {
  const server = await serve({ content: 'ok' });
  const { url, targets } = await proxy();
  const fetch = createFetch({ httpProxy: url.replace('http://', '') });
  await modelAt(remote(server), 'litellm', { fetch }).ask(question());
  expect(targets).toHaveLength(1);
  const odd = modelAt(remote(server), 'litellm', { fetch: createFetch({ httpProxy: 'ftp://x' }) });
  expect(await errorOf(odd.ask(question()))).toMatchObject({
    code: 'environment',
    message: expect.stringContaining('is not a URL'),
  });
});

test('proxy variables of the environment count only when they are passed in', async () => {
  vi.stubEnv('HTTP_PROXY', 'http://127.0.0.1:2');
  vi.stubEnv('http_proxy', 'http://127.0.0.1:2');
  onTestFinished(() => void vi.unstubAllEnvs());
  const server = await serve({ content: 'ok' });
  expect(await modelAt(server).ask(question())).toMatchObject({ content: 'ok' });
});

test('a proxy that is gone is an unavailable provider, and named without its password', async () => {
  const fetch = createFetch({ httpProxy: 'http://me:hunter2hunter2@127.0.0.1:9' });
  const error = await errorOf(modelAt({ url: 'http://models.test' }, 'litellm', { fetch }).ask(question()));
  expect(error).toMatchObject({
    code: 'unavailable',
    message: 'litellm at http://models.test cannot be reached: the proxy http://127.0.0.1:9 refused the connection',
    hint: expect.stringContaining('NO_PROXY'),
  });
});

test('a proxy that refuses is named with its status', async () => {
  const { url } = await proxy('403 Forbidden');
  const fetch = createFetch({ httpProxy: url });
  const error = await errorOf(modelAt({ url: 'http://models.test' }, 'litellm', { fetch }).ask(question()));
  expect(error.message).toContain(`the proxy ${url} refused the connection to it (403)`);
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
  for (const at of [server, remote(server)]) {
    const fetch = createFetch({ extraCaFile, httpsProxy: url });
    expect(await modelAt(at, 'litellm', { fetch }).ask(question())).toMatchObject({ content: 'ok' });
  }
  expect(targets).toEqual([new URL(remote(server).url).host]);
});

test('a certificate file that cannot be read is named', () => {
  expect(() => createFetch({ extraCaFile: '/nowhere/ca.pem' })).toThrow(
    expect.objectContaining({ code: 'environment', message: expect.stringContaining('/nowhere/ca.pem') }),
  );
});

test.each(['gzip', 'br', 'deflate'])(
  'an answer that is packed with %s, although nothing asked for it, is read',
  async (how) => {
    const pack = { gzip: gzipSync, br: brotliCompressSync, deflate: deflateSync }[how as 'gzip'];
    const events = pack('data: {"choices":[{"index":0,"delta":{"content":"unpacked"},"finish_reason":"stop"}]}\n\n');
    const server = createServer((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'content-encoding': how }).end(events);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect(await modelAt({ url }).ask(question())).toMatchObject({ content: 'unpacked' });
  },
);
