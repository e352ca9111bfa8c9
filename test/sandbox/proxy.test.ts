import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type AllowListProxy, startProxy } from '../../src/sandbox/proxy.js';
import { serverName } from '../../src/sandbox/server-name.js';

/** Of a connection on which nothing comes any more; each ends by itself. */
const PATIENCE_MS = 30_000;
const HOSTS = ['good.test', 'other.test:8080', 'bücher.test', '[2606:4700::1]', '93.184.216.34'];

let directory: string;
let server: Server;
let proxy: AllowListProxy;
/** Where the proxy wanted to go. */
let dialled: string[];
let answers: Readonly<Record<string, string[]>>;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rookery-proxy-test-'));
  dialled = [];
  answers = {};
  server = createServer((request, response) => response.end(`served ${request.headers.host} path ${request.url}`));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  proxy = await startProxy({
    hosts: HOSTS,
    socket: join(directory, 's'),
    lookup: async (host) => answers[host] ?? ['93.184.216.34'],
    dial: (address, target) => {
      dialled.push(`${address} ${target}`);
      return connect(port, '127.0.0.1');
    },
  });
});
afterEach(async () => {
  await proxy.close();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  await rm(directory, { recursive: true });
});

/** Sends bytes as they are, and gives what came back. */
function send(bytes: string | Buffer): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(join(directory, 's'));
    const done = (): void => {
      socket.destroy();
      resolve(text);
    };
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if (text.includes('\r\n\r\n') && text.startsWith('HTTP/1.1 200 Connection')) done();
    });
    socket.on('close', done).on('error', done);
    socket.write(bytes, 'latin1');
    socket.setTimeout(PATIENCE_MS, done);
  });
}

const tunnel = (target: string, host = target) => send(`CONNECT ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
const get = (url: string, host: string, more = '') =>
  send(`GET ${url} HTTP/1.1\r\nHost: ${host}\r\n${more}Connection: close\r\n\r\n`);

describe('the allow-list proxy', () => {
  test.each([
    ['good.test:80', '93.184.216.34 80'],
    ['GOOD.test:80', '93.184.216.34 80'],
    ['good.test.:80', '93.184.216.34 80'],
    ['other.test:8080', '93.184.216.34 8080'],
    ['xn--bcher-kva.test:80', '93.184.216.34 80'],
    ['93.184.216.34:80', '93.184.216.34 80'],
    ['[2606:4700::1]:80', '2606:4700::1 80'],
  ])('connects to what is on the list: %s', async (target, address) => {
    expect(await tunnel(target)).toMatch(/^HTTP\/1.1 200/);
    expect(dialled).toEqual([address]);
  });

  const FOREIGN = [
    'evil.test:80',
    'good.test:22',
    'other.test:80',
    'good.test',
    'good.test:0',
    'good.test:65616',
    'good.test:080080',
    'good.test:80:80',
    'good.test..:80',
    '.good.test:80',
    'a.good.test:80',
    'good.test.evil.test:80',
    'xgood.test:80',
    'good.testx:80',
    'user@good.test:80',
    'good.test:80@evil.test:80',
    'good.test@evil.test:80',
    'good.test%00.evil.test:80',
    'good.test%2eevil.test:80',
    'good.test\\.evil.test:80',
    'good.test/evil.test:80',
    'good.test#evil.test:80',
    'good.test?evil.test:80',
    'http://good.test:80',
    '//good.test:80',
    'evil.test:80,good.test:80',
    'g\u006f\u0308od.test:80',
    'gооd.test:80',
    'good\u3002test:80',
    'xn--god-0nb.test:80',
    'bucher.test:80',
    '127.0.0.1:80',
    '127.1:80',
    '0177.0.0.1:80',
    '0x7f000001:80',
    '2130706433:80',
    '0:80',
    '0.0.0.0:80',
    'localhost:80',
    '[::1]:80',
    '[::]:80',
    '[::ffff:127.0.0.1]:80',
    '::1:80',
    '[::ffff:93.184.216.34]:80',
    '93.184.216.34.:443x',
    '93.184.216.035:80',
    '93.184.55330:80',
    '1.1.1.1:80',
    '169.254.169.254:80',
    '[fe80::1%25eth0]:80',
    '[good.test]:80',
    '[2606:4700::1:80',
    '*:80',
    '*.test:80',
    '-good.test:80',
    `${'a'.repeat(300)}.test:80`,
    ':80',
    '',
  ];

  test.each(FOREIGN)('a tunnel to %j is refused, by name and by request line', async (target) => {
    expect(await tunnel(Buffer.from(target, 'utf8').toString('latin1'))).not.toMatch(/^HTTP\/1.1 200/);
    const authority = target.replace(/^http:\/\/|^\/\//, '');
    if (
      target !== '//good.test:80' &&
      target !== 'http://good.test:80' &&
      target !== 'good.test' &&
      !/^good\.test[#?/]/.test(target)
    ) {
      expect(
        await get(
          `http://${Buffer.from(authority, 'utf8').toString('latin1')}/`,
          authority.replace(/[^\x21-\x7e]/g, ''),
        ),
      ).not.toContain('served ');
    }
    expect(dialled).toEqual([]);
  });

  test.each([
    ['NUL in the name', 'CONNECT good.test\0.evil.test:80 HTTP/1.1\r\nHost: good.test:80\r\n\r\n'],
    ['a line break in the name', 'CONNECT evil.test\r\n:80 HTTP/1.1\r\nHost: good.test:80\r\n\r\n'],
    ['a line feed alone', 'CONNECT good.test:80\nevil.test:80 HTTP/1.1\r\n\r\n'],
    ['a tab', 'CONNECT good.test:80\tevil.test:80 HTTP/1.1\r\nHost: good.test:80\r\n\r\n'],
    ['another Host', 'CONNECT good.test:80 HTTP/1.1\r\nHost: evil.test:80\r\n\r\n'],
    ['another port in Host', 'CONNECT good.test:80 HTTP/1.1\r\nHost: good.test:443\r\n\r\n'],
    ['two Hosts', 'CONNECT good.test:80 HTTP/1.1\r\nHost: good.test:80\r\nHost: evil.test:80\r\n\r\n'],
    ['a Host in two spellings', 'GET http://good.test/ HTTP/1.1\r\nHost: good.test\r\nhOST: evil.test\r\n\r\n'],
    ['a folded Host', 'GET http://good.test/ HTTP/1.1\r\nHost: good.test\r\n evil.test\r\n\r\n'],
    ['another Host of a plain request', 'GET http://good.test/ HTTP/1.1\r\nHost: evil.test\r\n\r\n'],
    ['a path alone', 'GET / HTTP/1.1\r\nHost: good.test\r\n\r\n'],
    ['a path alone with a foreign Host', 'GET / HTTP/1.1\r\nHost: evil.test\r\n\r\n'],
    ['a URL with a user', 'GET http://good.test@evil.test/ HTTP/1.1\r\nHost: evil.test\r\n\r\n'],
    ['a URL with a backslash', 'GET http://evil.test\\@good.test/ HTTP/1.1\r\nHost: good.test\r\n\r\n'],
    ['another scheme', 'GET ftp://good.test/ HTTP/1.1\r\nHost: good.test\r\n\r\n'],
    ['TLS asked of the proxy', 'GET https://good.test/ HTTP/1.1\r\nHost: good.test\r\n\r\n'],
    ['an upgrade', 'GET http://good.test/ HTTP/1.1\r\nHost: good.test\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'],
    [
      'two lengths',
      'POST http://good.test/ HTTP/1.1\r\nHost: good.test\r\nContent-Length: 1\r\nContent-Length: 9\r\n\r\nx',
    ],
    [
      'length and chunks',
      'POST http://good.test/ HTTP/1.1\r\nHost: good.test\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['no HTTP', '\x05\x01\x00'],
    ['SOCKS with a NUL', '\x05\x01\x00\x05\x01\x00\x03\x0fgood.test\x00.evil\x00\x50'],
    ['no Host', 'GET http://good.test/ HTTP/1.1\r\n\r\n'],
  ])('is not deceived by %s', async (_, bytes) => {
    expect(await send(bytes)).not.toMatch(/^HTTP\/1.1 200/);
    expect(dialled).toEqual([]);
  });

  test('passes on a plain request, with its own Host, path and method', async () => {
    expect(await get('http://good.test/a?b=1', 'good.test', 'Proxy-Authorization: x\r\n')).toMatch(
      /served good.test path \/a\?b=1$/,
    );
    expect(await get('http://good.test', 'good.test:80')).toMatch(/served good.test path \/$/);
    expect(dialled).toEqual(['93.184.216.34 80', '93.184.216.34 80']);
  });

  test.each([
    [['127.0.0.1']],
    [['93.184.216.34', '10.0.0.1']],
    [['::1', '93.184.216.34']],
    [['::ffff:127.0.0.1']],
    [['169.254.169.254']],
    [['64:ff9b::7f00:1']],
    [[]],
  ])('a name on the list that leads to %j is not connected to', async (addresses) => {
    answers = { 'good.test': addresses };
    expect(await tunnel('good.test:80')).toMatch(/^HTTP\/1.1 403/);
    expect(await get('http://good.test/', 'good.test')).toMatch(/^HTTP\/1.1 403/);
    expect(dialled).toEqual([]);
  });

  test('asks for a name once and connects to that answer, whatever the next one would be', async () => {
    let asked = 0;
    answers = {
      get 'good.test'() {
        asked += 1;
        return asked === 1 ? ['93.184.216.34'] : ['127.0.0.1'];
      },
    };
    expect(await tunnel('good.test:80')).toMatch(/^HTTP\/1.1 200/);
    expect(asked).toBe(1);
    expect(dialled).toEqual(['93.184.216.34 80']);
  });

  test.each([
    ['good.test', true],
    ['GOOD.TEST', true],
    ['evil.test', false],
    ['a.good.test', false],
    ['', false],
  ])('a TLS tunnel to good.test that asks for %j there: %s', async (name, goes) => {
    await hello('good.test:443', (socket) => connectTls({ socket, servername: name, rejectUnauthorized: false }));
    expect(dialled.length > 0).toBe(goes);
  });

  test('what is not TLS does not go to the port of TLS', async () => {
    await hello('good.test:443', (socket) => socket.write('GET / HTTP/1.1\r\nHost: evil.test\r\n\r\n'));
    expect(dialled).toEqual([]);
  });

  test('says what it has refused, in characters that can be printed', async () => {
    await tunnel('evil.test:80');
    await tunnel(`${'x'.repeat(5000)}\x1b[2J:80`);
    expect([...proxy.refused][0]).toBe('evil.test:80');
    for (const name of proxy.refused) expect(name).toMatch(/^[\x20-\x7e]{0,120}$/);
  });
});

describe('the server name of TLS', () => {
  test('is found however the message is cut, and never read past its end', async () => {
    const bytes = await new Promise<Buffer>((resolve) => {
      const sink = createServer().on('connection', (socket: Socket) => socket.once('data', resolve));
      sink.listen(0, '127.0.0.1', () => {
        const { port } = sink.address() as { port: number };
        const client = connectTls({ port, host: '127.0.0.1', servername: 'name.test', rejectUnauthorized: false });
        client.on('error', () => sink.close());
        setTimeout(() => client.destroy(), 200);
      });
    });
    expect(serverName(bytes)).toEqual({ kind: 'name', name: 'name.test' });
    for (let size = 0; size < bytes.length; size++) expect(serverName(bytes.subarray(0, size)).kind).toBe('more');
    const halves = [bytes.subarray(5, 60), bytes.subarray(60)].map((part) => {
      const head = Buffer.from([22, 3, 1, 0, 0]);
      head.writeUInt16BE(part.length, 3);
      return Buffer.concat([head, part]);
    });
    expect(serverName(Buffer.concat(halves))).toEqual({ kind: 'name', name: 'name.test' });
    for (let at = 0; at < bytes.length; at++) {
      const broken = Buffer.from(bytes);
      broken[at] = 255;
      expect(() => serverName(broken)).not.toThrow();
    }
    expect(serverName(Buffer.alloc(40_000, 22)).kind).toBe('none');
  });
});

/** Opens a tunnel, lets the client speak, and waits until the proxy has decided. */
async function hello(target: string, speak: (socket: Socket) => unknown): Promise<void> {
  await new Promise<void>((resolve) => {
    const socket = connect(join(directory, 's'));
    socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`);
    socket.once('data', () => {
      const client = speak(socket);
      if (client instanceof Object && 'on' in client) (client as Socket).on('error', () => undefined);
      // The other end is no TLS server: it ends the connection as soon as it has read.
      socket.on('close', () => resolve());
    });
    socket.on('error', () => resolve());
    socket.setTimeout(PATIENCE_MS, () => resolve());
  });
}
