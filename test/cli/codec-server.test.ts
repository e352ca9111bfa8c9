/** The command `codec-server`: who may ask it, and that it decodes with the codec of the command. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../support/until.js';
import { type Bench, openBench, type Running } from './support.js';

const UI = 'http://127.0.0.1:8233';
let bench: Bench;
let codec: string;
beforeAll(async () => {
  bench = await openBench();
  const keys = join(bench.root, 'codec.keys');
  codec = `aes:${keys}`;
  expect(await bench.run(['codec-key', keys])).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^\d{8}-[0-9a-f]{8}\n$/),
  });
});
afterAll(() => bench.close());

const payloads = [{ metadata: { encoding: 'anNvbi9wbGFpbg==' }, data: 'InBhcnJvdCI=' }];

async function serve(...more: string[]): Promise<{ url: string; running: Running }> {
  const running = bench.spawn(['codec-server', '--codec', codec, '--port', '0', '--origin', UI, ...more]);
  await until(() => running.stdout().endsWith('\n'), { what: 'it listens' });
  return { url: running.stdout().trim(), running };
}

async function ask(url: string, body: object, headers: Record<string, string> = {}): Promise<Response> {
  const all = { 'content-type': 'application/json', ...headers };
  return fetch(url, { method: 'POST', body: JSON.stringify(body), headers: all });
}

test('encodes and decodes by the key file until it is interrupted', async () => {
  const { url, running } = await serve();
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  const encoded = (await (await ask(`${url}/encode`, { payloads })).json()) as object;
  expect(JSON.stringify(encoded)).not.toContain(payloads[0]?.data);
  const decoded = await ask(`${url}/decode`, encoded, { origin: UI });
  expect(await decoded.json()).toEqual({ payloads });
  expect(decoded.headers.get('access-control-allow-origin')).toBe(UI);
  expect((await ask(`${url}/decode`, encoded, { origin: 'http://127.0.0.1:1' })).status).toBe(403);
  running.kill('SIGINT');
  expect(await running.ended).toMatchObject({ code: 0 });
});

test('with a token file it asks for the token', async () => {
  const file = join(bench.root, 'token');
  writeFileSync(file, 'parrot\n', { mode: 0o600 });
  const { url, running } = await serve('--token-file', file);
  expect((await ask(`${url}/encode`, { payloads })).status).toBe(401);
  expect((await ask(`${url}/encode`, { payloads }, { authorization: 'Bearer parrot' })).status).toBe(200);
  running.kill('SIGTERM');
  expect(await running.ended).toMatchObject({ code: 0 });
});

test.each([
  ['no codec', [], /has no codec/],
  ['a codec without its file', ['--codec', 'aes'], /names no key file/],
  ['a network without a token', ['--codec', 'CODEC', '--bind', '0.0.0.0'], /would decode for every client/],
  ['no origin', ['--codec', 'CODEC'], /origin of the Web UI is not known/],
  ['a wrong origin', ['--codec', 'CODEC', '--origin', 'the Web UI'], /--origin takes the address/],
  ['a wrong port', ['--codec', 'CODEC', '--port', '70000'], /--port takes a number/],
])('%s is a usage error', async (_, args, message) => {
  const ran = await bench.run(['codec-server', ...args.map((arg) => (arg === 'CODEC' ? codec : arg))]);
  expect([ran.code, ran.stderr]).toEqual([2, expect.stringMatching(message)]);
});
