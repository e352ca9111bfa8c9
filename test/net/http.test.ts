/** Redirects, bombs and servers that will not end: each costs what it may cost, and is answered with a sentence. */
import type { ServerResponse } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { Refusal } from '../../src/domain/errors.js';
import { type GetOptions, get } from '../../src/net/http.js';
import { allowing, calm, type Local, serve } from './servers.js';

let local: Local;
let answerWith: (path: string, response: ServerResponse) => void;
beforeAll(async () => {
  local = await serve((request, response) => answerWith(request.url ?? '', response));
});
afterAll(() => local.close());
afterEach(() => local.seen.splice(0));

const open = allowing('127.0.0.1');
const at = (path: string, options: Partial<GetOptions> = {}) =>
  get(local.url + path, { signal: calm, allow: open, ...options });
const said = (path: string, options: Partial<GetOptions> = {}): Promise<string> =>
  at(path, options).then(
    ({ kind }) => kind,
    (error: unknown) => {
      if (error instanceof Refusal) return error.message;
      throw error;
    },
  );
const redirecting = (status: number, location: string | ((path: string) => string | undefined)) => {
  answerWith = (path, response) => {
    const to = typeof location === 'string' ? (path === '/start' ? location : undefined) : location(path);
    if (to === undefined) response.end(`at ${path}`);
    else response.writeHead(status, { location: to }).end('moved');
  };
};

describe('a redirect', () => {
  test.each([301, 302, 303, 307, 308])('with status %i on the same host is followed', async (status) => {
    redirecting(status, '/there?x=1');
    const got = await at('/start#part');
    expect(got).toMatchObject({ kind: 'answer', answer: { status: 200 } });
    if (got.kind === 'answer') expect(got.answer.url.href).toBe(`${local.url}/there?x=1#part`);
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])('%i times: up to 5 are followed', async (hops) => {
    redirecting(302, (path) => (Number(path.slice(1)) < hops ? `/${Number(path.slice(1)) + 1}` : undefined));
    const answer = await said('/0');
    if (hops <= 5) expect(answer).toBe('answer');
    else expect(answer).toMatch(/redirects more than 5 times/);
    expect(local.seen.length).toBe(Math.min(hops, 5) + 1);
  });

  test.each([
    ['another host', 'http://other.example/x'],
    ['another port', 'http://127.0.0.1:1/x'],
    ['the same host by another name', 'http://localhost/x'],
    ['another host without a scheme', '//other.example/x'],
    ['an inside host', 'http://169.254.169.254/latest/meta-data'],
  ])('to %s is not followed but named', async (_, location) => {
    redirecting(302, location);
    const got = await at('/start');
    expect(got).toMatchObject({ kind: 'elsewhere', to: { href: new URL(location, local.url).href } });
    expect(local.seen.length).toBe(1);
  });

  test.each([
    ['file:///etc/passwd', 'file:'],
    ['javascript:alert(1)', 'javascript:'],
    ['data:text/html,x', 'data:'],
    ['ftp://127.0.0.1/x', 'ftp:'],
    ['http://user:secret-word@127.0.0.1/', 'user name'],
    ['http://[::1', 'is not a URL'],
    [`/${'x'.repeat(5_000)}`, 'characters'],
  ])('to %s is refused', async (location, words) => {
    redirecting(302, location);
    const answer = await said('/start');
    expect(answer).toMatch(/^127\.0\.0\.1 redirects to a URL that is not followed\. /);
    expect(answer).toContain(words);
    expect(answer).not.toContain('secret-word');
    expect(answer.length).toBeLessThan(400);
  });

  test.each(['NUL\0here', 'CR\rhere', 'LF\nx-injected: 1', 'tab\there', 'DEL\x7fhere'])(
    'whose Location holds a control character leads nowhere: %j',
    async (text) => {
      const server = createServer((socket) => {
        socket.on('error', () => undefined);
        socket.once('data', () =>
          socket.end(`HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/${text}\r\nContent-Length: 0\r\n\r\n`),
        );
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      onTestFinished(() => void server.close());
      const { port } = server.address() as AddressInfo;
      const got = await get(`http://127.0.0.1:${port}/`, { signal: calm, allow: open }).then(
        (one) => one.kind === 'elsewhere' && one.to.href,
        (error: unknown) => (error instanceof Refusal ? false : error),
      );
      // What follows a line end is a header of its own, and never a part of the URL.
      expect([false, 'http://127.0.0.1/LF']).toContain(got);
    },
  );

  test('without a Location, and one inside the page, are pages', async () => {
    answerWith = (_, response) => response.writeHead(302).end('x');
    expect(await said('/start')).toBe('answer');
    answerWith = (_, response) => response.end('<meta http-equiv="refresh" content="0;url=/other">');
    expect(await said('/start')).toBe('answer');
    expect(local.seen.length).toBe(2);
  });

  test('carries no cookie, no credential and no referrer', async () => {
    answerWith = (path, response) => {
      response.setHeader('set-cookie', 'id=1');
      if (path === '/start') response.writeHead(302, { location: '/there' }).end();
      else response.end('x');
    };
    await at('/start');
    expect(local.seen.map(({ headers }) => Object.keys(headers).sort())).toEqual(
      Array(2).fill(['accept-encoding', 'connection', 'host', 'user-agent']),
    );
  });
});

describe('a bomb', () => {
  test('inside a bomb is not unpacked', async () => {
    const twice = gzipSync(gzipSync('x'.repeat(1_000_000)));
    answerWith = (_, response) => response.writeHead(200, { 'content-encoding': 'gzip, gzip' }).end(twice);
    expect(await said('/')).toMatch(/packed in a way that is not understood/);
  });

  test('of 100,000 headers, or of one long one, is refused', async () => {
    answerWith = (_path, response) => {
      const socket = response.socket;
      socket?.on('error', () => undefined);
      const headers = Array.from({ length: 100_000 }, (_, i) => `x-${i}: ${i}\r\n`);
      socket?.write(`HTTP/1.1 200 OK\r\n${headers.join('')}`);
      socket?.end('\r\n');
    };
    expect(await said('/')).toMatch(/too many headers/);
    answerWith = (_, response) => {
      response.socket?.on('error', () => undefined);
      response.socket?.end(`HTTP/1.1 200 OK\r\nx-long: ${'x'.repeat(200_000)}\r\n\r\n`);
    };
    expect(await said('/')).toMatch(/too many headers/);
  });
});

describe('a server', () => {
  test('that drips a byte at a time is left at the deadline', async () => {
    answerWith = (_, response) => {
      const drip = setInterval(() => response.write('.'), 20);
      response.on('close', () => clearInterval(drip));
    };
    expect(await said('/', { totalMs: 400 })).toBe('127.0.0.1 took longer than 0.4 s.');
  });

  test('that drips its headers is left at the deadline', async () => {
    answerWith = (_, response) => {
      response.socket?.write('HTTP/1.1 200 OK\r\n');
      const drip = setInterval(() => response.socket?.write('x-a: 1\r\n'), 20);
      response.socket?.on('close', () => clearInterval(drip)).on('error', () => undefined);
    };
    expect(await said('/', { totalMs: 400 })).toBe('127.0.0.1 took longer than 0.4 s.');
  });

  test('that says nothing, or stops in the middle, is left when it is idle', async () => {
    answerWith = () => undefined;
    expect(await said('/', { idleMs: 300 })).toMatch(/does not answer/);
    answerWith = (_, response) => void response.write('the beginning');
    expect(await said('/', { idleMs: 300 })).toMatch(/stopped in the middle/);
  });

  test('whose request is cancelled is left, although it never answers', async () => {
    const controller = new AbortController();
    answerWith = () => controller.abort();
    const patient = { totalMs: 600_000, idleMs: 600_000, signal: controller.signal };
    expect(await said('/', patient)).toBe('127.0.0.1 could not be fetched.');
  });

  test.each([
    ['nonsense', 'SSH-2.0-OpenSSH_9\r\n'],
    ['nothing', ''],
    ['half a body', 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf'],
    ['broken gzip', 'HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\nhalf'],
    ['an upgrade', 'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'],
  ])('that speaks %s is answered with a sentence', async (_, text) => {
    answerWith = (_path, response) => {
      response.socket?.on('error', () => undefined);
      response.socket?.end(text);
    };
    expect(await said('/')).toMatch(/^(127\.0\.0\.1 could not be fetched|The answer of 127\.0\.0\.1 could not).*\.$/);
  });

  test('that is not there is said so', async () => {
    expect(await get('http://127.0.0.1:1/', { signal: calm, allow: open }).catch((error: Error) => error.message)).toBe(
      '127.0.0.1 could not be fetched: the connection was refused.',
    );
  });
});

describe('packing', () => {
  test.each([
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
    ['GZIP', gzipSync],
    ['identity', (text: Buffer) => text],
  ] as const)('%s is unpacked', async (name, pack) => {
    answerWith = (_, response) =>
      response.writeHead(200, { 'content-encoding': name }).end(pack(Buffer.from('päckchen')));
    const got = await at('/');
    expect(got.kind === 'answer' && got.answer.bytes.toString()).toBe('päckchen');
  });
});

describe('a proxy', () => {
  test('is used when it is named, never because the environment names one, and literals are checked as without it', async () => {
    answerWith = (_, response) => response.end('direct');
    const targets: string[] = [];
    const proxy = await serve((request, response) => {
      targets.push(request.url ?? '');
      response.end('by proxy');
    });
    onTestFinished(() => proxy.close());
    const unknown = async () => Promise.reject(Object.assign(new Error('x'), { code: 'ENOTFOUND' }));
    const options = { signal: calm, proxies: { httpProxy: proxy.url.replace('http://', '') }, resolve: unknown };
    const got = await get('http://site.example/x', options);
    expect(got.kind === 'answer' && got.answer.bytes.toString()).toBe('by proxy');
    expect(targets).toEqual(['http://site.example/x']);
    await expect(get(`${local.url}/`, options)).rejects.toThrow(/not on the public internet/);
    await expect(
      get('http://in.example/', { ...options, resolve: async () => [{ address: '10.0.0.1', family: 4 }] }),
    ).rejects.toThrow(/not on the public internet/);
    process.env.HTTP_PROXY = proxy.url;
    onTestFinished(() => {
      delete process.env.HTTP_PROXY;
    });
    const direct = await at('/');
    expect(direct.kind === 'answer' && direct.answer.bytes.toString()).toBe('direct');
    expect(targets).toHaveLength(1);
  });
});
