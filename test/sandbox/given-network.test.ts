/** Real commands that were given hosts: they reach these through the sandbox's proxy, and no others. */
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createShell } from '../../src/tools/shell.js';
import { sandboxHere } from '../support/sandbox.js';
import { createSite, type Site } from './site.js';

const { why } = await sandboxHere();

let site: Site;
let registry: Server;
let upstream: Server;
let port: number;
let upstreamPort: number;
let asked: string[];
let authorized: (string | undefined)[];
beforeAll(async () => {
  site = createSite();
  registry = createServer((request, response) => response.end(`served ${request.url}`));
  // It leads every tunnel and request to the registry.
  upstream = createServer((request, response) => {
    asked.push(request.url ?? '');
    authorized.push(request.headers['proxy-authorization']);
    response.end('by the proxy');
  });
  upstream.on('connect', (request, socket) => {
    asked.push(request.url ?? '');
    authorized.push(request.headers['proxy-authorization']);
    const onward = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    for (const end of [onward, socket]) end.on('error', () => [onward, socket].map((other) => other.destroy()));
  });
  for (const server of [registry, upstream]) await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  port = (registry.address() as AddressInfo).port;
  upstreamPort = (upstream.address() as AddressInfo).port;
});
afterAll(async () => {
  for (const server of [registry, upstream]) server.closeAllConnections();
  for (const server of [registry, upstream]) await new Promise<unknown>((done) => server.close(done));
  await site.remove();
});

interface Given {
  readonly network?: string[];
  readonly given?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

async function run(command: string, { network, given = [], env = {} }: Given): Promise<string> {
  asked = [];
  authorized = [];
  const { sandbox } = await sandboxHere({ hidden: [site.own], home: site.home });
  const shell = createShell({ env: { PATH: process.env.PATH, ...env }, sandbox });
  const context = { workspace: site.workspace, task: 'task-1', call: `call-${Math.random()}`, secrets: false };
  const signal = new AbortController().signal;
  return (await shell.run({ command, ...(network && { network }) }, { ...context, network: given, signal })).content;
}

describe.skipIf(why !== '')(`a command that was given hosts${why}`, () => {
  const fetch = () => `curl -s -m 5 http://localhost:${port}/x; echo`;

  test('reaches the localhost that a person has named, by request and by tunnel, and no other port of it', async () => {
    const given = [`localhost:${port}`];
    expect(await run(fetch(), { given })).toBe('served /x\n');
    expect(await run(`curl -s -m 5 -p http://localhost:${port}/t; echo`, { network: given })).toBe('served /t\n');
    expect(await run(`curl -s -m 5 http://localhost:${upstreamPort}/; echo`, { given })).toContain('[no connection to');
    expect(asked).toEqual([]);
  });

  test('finds the mirror of the environment behind the name of its package manager', async () => {
    const env = { npm_config_registry: `http://me:secret@localhost:${port}/` };
    const printed = await run(`curl -s -m 5 "$npm_config_registry"x; echo " $npm_config_registry"`, {
      network: ['npm'],
      env,
    });
    expect(printed).toBe(`served /x http://localhost:${port}/\n`);
  });

  test('goes through the proxy of the person, whose password it never sees, and checks the address before', async () => {
    const env = { https_proxy: `me:s%20cret@localhost:${upstreamPort}`, ALL_PROXY: `localhost:${upstreamPort}` };
    const network = ['mirror.invalid:8443', 'mirror.invalid'];
    const way = 'curl -s -m 5 -p http://mirror.invalid:8443/t; echo; curl -s -m 5 http://mirror.invalid/; echo; env';
    const printed = await run(way, { network, env });
    expect(printed).toContain('served /t\nby the proxy\n');
    expect(printed).not.toContain('cret');
    expect(printed).not.toContain(String(upstreamPort));
    expect(asked).toEqual(['mirror.invalid:8443', 'http://mirror.invalid/']);
    expect(authorized).toEqual([`Basic ${Buffer.from('me:s cret').toString('base64')}`, undefined]);
    const inside = await run('curl -s -m 5 http://10.0.0.1:8080/; echo', { network: ['*.mirror.invalid'], env });
    expect(inside).toContain('[no connection to');
    expect(asked).toEqual([]);
  });

  test('still speaks with what it has started itself', async () => {
    const server = `perl -MIO::Socket::INET -e '$s = IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1:7777"); $c = $s->accept; <$c>; print $c "HTTP/1.0 200 OK\\r\\n\\r\\nown"'`;
    const client = 'for n in 1 2 3 4 5 6 7 8 9; do curl -s -m 5 http://127.0.0.1:7777/ && break; sleep 0.1; done';
    expect(await run(`${server} & ${client}; wait`, { given: ['registry.invalid'] })).toBe('own');
  });
});

describe.skipIf(why !== '')(`a command without the network${why}`, () => {
  test('is told which host it wanted, and how to ask for it', async () => {
    expect(await run('curl -sS -m 5 https://registry.npmjs.org/x', {})).toContain(
      '[no network in the sandbox; registry.npmjs.org was asked for: call shell again with "network": ["npm"], and a ' +
        'person is asked. A person can allow it in advance with --allow network:npm]',
    );
    expect(await run('curl -sS -m 5 https://files.example.org/x', {})).toContain('"network": ["files.example.org"]');
    expect(await run('curl -sS -m 5 https://other.invalid/; echo', { given: ['npm'] })).toContain(
      'call shell again with "network": ["other.invalid"]',
    );
    expect(await run('echo fine', {})).toBe('fine\n');
  });
});
