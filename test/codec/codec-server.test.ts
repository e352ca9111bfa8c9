/** The codec server: it decodes for the Web UI's pages and for programs, and answers no other page. */
import { once } from 'node:events';
import { type RequestOptions, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CodecServerOptions, createCodecServer } from '../../src/codec/codec-server.js';
import { createEncryptionCodec } from '../../src/codec/index.js';

const UI = 'http://127.0.0.1:8233';
const codec = createEncryptionCodec({ keys: [{ id: 'k1', key: new Uint8Array(32).fill(1) }] });
const base64 = (text: string) => Buffer.from(text).toString('base64');
const plain = { metadata: { encoding: base64('json/plain') }, data: base64('"a secret"') };
const json = { 'content-type': 'application/json', 'x-namespace': 'default' };

interface Answer {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

const closing: (() => void)[] = [];
afterAll(() => closing.forEach((close) => void close()));

async function serve(options: Partial<CodecServerOptions> = {}) {
  const server = createCodecServer({ codecs: [codec], origins: [UI], ...options });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => server.close());
  const { port } = server.address() as AddressInfo;
  const send = (path: string, given: RequestOptions & { readonly body?: string } = {}): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const asked = request({ host: '127.0.0.1', port, path, method: 'POST', headers: json, ...given }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (piece: string) => {
          text += piece;
        });
        response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, text }));
      });
      asked.on('error', reject).end(given.body ?? JSON.stringify({ payloads: [plain] }));
    });
  return { send, port };
}

describe('the codec server', () => {
  let send: Awaited<ReturnType<typeof serve>>['send'];
  beforeAll(async () => {
    ({ send } = await serve());
  });

  test('encodes and decodes payloads as JSON, under any path', async () => {
    const encoded = await send('/encode');
    expect(encoded.status).toBe(200);
    expect(encoded.text).not.toContain(plain.data);
    const decoded = await send('/some/namespace/decode?x=1', { body: encoded.text });
    expect(JSON.parse(decoded.text)).toEqual({ payloads: [plain] });
    expect(decoded.headers).toMatchObject({ 'content-type': 'application/json', 'cache-control': 'no-store' });
  });

  test('lets exactly the pages of the Web UI read its answers', async () => {
    const headers = { ...json, origin: UI };
    const { status, headers: answered } = await send('/decode', { headers });
    expect(status).toBe(200);
    expect(answered).toMatchObject({ 'access-control-allow-origin': UI, vary: 'origin' });
    for (const origin of ['http://127.0.0.1:8234', 'https://127.0.0.1:8233', 'http://evil.example', 'null']) {
      const refused = await send('/decode', { headers: { ...json, origin } });
      expect([origin, refused.status, refused.headers['access-control-allow-origin']]).toEqual([
        origin,
        403,
        undefined,
      ]);
    }
  });

  test('answers the preflight request of the Web UI, and of no other page', async () => {
    const asked = { 'access-control-request-method': 'POST', 'access-control-request-headers': 'x-namespace' };
    const { status, headers } = await send('/decode', {
      method: 'OPTIONS',
      headers: { ...asked, origin: UI },
      body: '',
    });
    expect(status).toBe(204);
    expect(headers['access-control-allow-headers']).toMatch(/content-type, x-namespace, authorization/);
    const foreign = { ...asked, origin: 'http://evil.example' };
    expect(await send('/decode', { method: 'OPTIONS', headers: foreign, body: '' })).toMatchObject({ status: 403 });
  });

  test.each([
    ['another path', '/', {}, 404],
    ['another method', '/decode', { method: 'PUT' }, 405],
    ['a type that a page may send without a preflight', '/decode', { headers: { 'content-type': 'text/plain' } }, 415],
    ['no JSON', '/decode', { body: 'x' }, 400],
    ['no payloads', '/decode', { body: '{}' }, 400],
    ['too large a body', '/decode', { body: ' '.repeat(17 * 1024 * 1024) }, 413],
  ])('refuses %s', async (_, path, given, status) => {
    // The connection may be closed while a large body is still being sent.
    const answer = await send(path, given).catch((error: { code?: string }) => ({ status: 413, code: error.code }));
    expect(answer.status).toBe(status);
  });

  test('says of a payload that it cannot decode what is wrong, without its content', async () => {
    const changed = { metadata: { encoding: base64('binary/encrypted') }, data: base64('x'.repeat(40)) };
    const { status, text } = await send('/decode', { body: JSON.stringify({ payloads: [changed] }) });
    expect([status, text]).toEqual([400, "An encrypted payload cannot be read: its cipher is '', not AES-256-GCM.\n"]);
  });
});

test('with a token it answers only requests that bring it, and preflights', async () => {
  const { send } = await serve({ token: 'parrot' });
  for (const authorization of [undefined, 'Bearer parro', 'Bearer parrots', 'parrot'])
    expect((await send('/decode', { headers: { ...json, ...(authorization && { authorization }) } })).status).toBe(401);
  expect((await send('/decode', { headers: { ...json, authorization: 'Bearer parrot' } })).status).toBe(200);
  const preflight = { origin: UI, 'access-control-request-method': 'POST' };
  expect((await send('/decode', { method: 'OPTIONS', headers: preflight, body: '' })).status).toBe(204);
});

test('a page whose name was made to resolve to this machine is refused by its Host', async () => {
  const { send, port } = await serve({ hosts: () => [`127.0.0.1:${port}`] });
  expect((await send('/decode')).status).toBe(200);
  expect((await send('/decode', { headers: { ...json, host: 'evil.example' } })).status).toBe(421);
});
