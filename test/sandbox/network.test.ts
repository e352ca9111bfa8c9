import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createShell } from '../../src/tools/shell.js';
import { sandboxHere } from '../support/sandbox.js';
import { type Canary, startCanary } from './canary.js';
import { createSite, type Site } from './site.js';

const { why } = await sandboxHere();

let site: Site;
let canary: Canary;
let short: string;
beforeAll(async () => {
  site = createSite();
  short = await realpath(await mkdtemp(join(tmpdir(), 'rookery-canary-')));
  canary = await startCanary(join(site.workspace, 's'));
});
afterAll(async () => {
  await canary.close();
  await site.remove();
  await rm(short, { recursive: true, force: true });
});

async function run(command: string, hosts?: readonly string[]): Promise<string> {
  const { sandbox } = await sandboxHere({ hidden: [site.own], home: site.home });
  const shell = createShell({ env: { PATH: process.env.PATH }, sandbox, hosts });
  const context = { workspace: site.workspace, task: 'task-1', call: `call-${Math.random()}`, secrets: false };
  return (await shell.run({ command }, { ...context, signal: new AbortController().signal })).content;
}

const perl = (program: string): string => `perl -MSocket -MIO::Socket::INET -MIO::Socket::UNIX -e '${program}'`;
const dial = (host: string, port: number): string =>
  perl(`$s = IO::Socket::INET->new(PeerAddr => "${host}", PeerPort => ${port}, Timeout => 2) and print "ESCAPED"`);

/** Each is tried on the canary's port, at every address that leads to this host. */
const WAYS: Readonly<Record<string, (host: string, port: number) => string>> = {
  TCP: dial,
  'TCP by bash': (host, port) => `bash -c 'exec 3<>/dev/tcp/${host}/${port} && echo ESCAPED'`,
  UDP: (host, port) =>
    perl(
      `$s = IO::Socket::INET->new(Proto => "udp", PeerAddr => "${host}", PeerPort => ${port}) and $s->send("x") and print "ESCAPED"`,
    ),
  HTTP: (host, port) => `curl -s -m 2 http://${host}:${port}/`,
  'HTTP past a proxy': (host, port) => `curl -s -m 2 --noproxy "*" http://${host}:${port}/`,
};

describe.skipIf(why !== '')(`the network of a sandbox${why}`, () => {
  test('the canary hears what is sent to it from outside a sandbox', async () => {
    const before = canary.heard();
    await new Promise<void>((resolve) =>
      connect(canary.port, '127.0.0.1')
        .on('close', () => resolve())
        .resume(),
    );
    await new Promise<void>((resolve) =>
      connect(join(site.workspace, 's'))
        .on('close', () => resolve())
        .resume(),
    );
    expect(canary.heard()).toBe(before + 2);
  });

  for (const [name, way] of Object.entries(WAYS)) {
    const addresses = ['127.0.0.1', '127.1', 'localhost', '[::1]', '0.0.0.0', 'ELSEWHERE'];
    test.each(addresses)(`${name} does not reach this host at %s`, async (address) => {
      const host = address === 'ELSEWHERE' ? (canary.elsewhere ?? '10.0.0.1') : address;
      const before = canary.heard();
      const printed = await run(`${way(host, canary.port)}; echo done`);
      expect(printed).toContain('done');
      // A datagram to its own loopback is sent, and received by no process.
      if (name !== 'UDP') expect(printed).not.toContain('ESCAPED');
      expect(canary.heard()).toBe(before);
    });
  }

  test('names cannot be asked for, and nothing answers a ping', async () => {
    const lookup = perl('print defined(gethostbyname("example.org")) ? "ESCAPED" : "held"');
    expect(await run(lookup)).toBe('held');
    expect(await run('ping -c 1 -W 1 1.1.1.1 && echo ESCAPED; echo done')).not.toContain('ESCAPED');
    expect(await run('cat /proc/net/route | wc -l; ls /sys/class/net >/dev/null; cat /proc/net/dev | grep -c :')).toBe(
      '1\n1\n',
    );
  });

  test('sockets of other programs cannot be reached: in the workspace, in /tmp, by an abstract name', async () => {
    const before = canary.heard();
    const open = (path: string) => perl(`$s = IO::Socket::UNIX->new(Peer => "${path}") and print "ESCAPED"`);
    const other = await startCanary(join(short, 's'));
    try {
      for (const path of [join(site.workspace, 's'), join(short, 's'), `/proc/self/root${join(site.workspace, 's')}`]) {
        expect(await run(`${open(path)}; echo done`)).toBe('done\n');
      }
      expect(other.heard()).toBe(0);
    } finally {
      await other.close();
    }
    const abstract = perl('socket(S, 1, 1, 0); connect(S, pack("Sa*", 1, "\\0/tmp/dbus")) and print "ESCAPED"');
    expect(await run(`${abstract}; cat /proc/net/unix | grep -c @; echo done`)).toBe('0\ndone\n');
    expect(await run('ls /run /var/run | grep -E "docker|dbus|ssh|containerd"; echo done')).toBe('done\n');
    expect(canary.heard()).toBe(before);
  });

  test('sockets of its own work: two of its programs can speak with each other', async () => {
    const server = perl(
      '$s = IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1:7777"); $c = $s->accept; print $c "hello"',
    );
    const client = perl(
      'for (1..100) { $c = IO::Socket::INET->new("127.0.0.1:7777") and last; select undef, undef, undef, 0.02 } print <$c>',
    );
    expect(await run(`${server} & ${client}`)).toBe('hello');
  });

  test('with a list of hosts only the proxy can be spoken to, and it says no to the rest', async () => {
    const before = canary.heard();
    const way = (host: string) => `curl -s -m 5 -o /dev/null -w "%{http_code} " http://${host}:${canary.port}/;`;
    const printed = await run(`${way('127.0.0.1')} ${way('localhost')} ${dial('127.0.0.1', canary.port)}; echo done`, [
      'example.org',
    ]);
    expect(printed).toMatch(/^403 403 done\n/);
    expect(printed).toContain('[no connection to');
    expect(canary.heard()).toBe(before);
  });

  test('a host on the list that leads to this host is not reached either', async () => {
    const before = canary.heard();
    const hosts = [`localhost:${canary.port}`, `127.0.0.1:${canary.port}`];
    const printed = await run(
      `curl -s -m 5 http://localhost:${canary.port}/ http://127.0.0.1:${canary.port}/; echo done`,
      hosts,
    );
    expect(printed).not.toContain('ESCAPED');
    expect(canary.heard()).toBe(before);
  });
});
