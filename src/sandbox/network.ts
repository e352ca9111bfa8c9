/**
 * What a command with a list of hosts gets: a proxy outside, its socket mounted inside, and a small program that leads
 * a port of the sandbox's own loopback to that socket, because HTTP clients speak to ports.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeTemporaryDirectory } from '../files/temporary-directory.js';
import { namedAddresses } from './hosts.js';
import { startProxy } from './proxy.js';
import type { SandboxRequest } from './sandbox.js';

export interface AllowedNetwork {
  readonly env: Readonly<Record<string, string>>;
  readonly mounts: readonly string[];
  readonly bridge: readonly [node: string, program: string];
  /** As text. */
  refused(): readonly string[];
  close(): Promise<void>;
}

export type NetworkRequest = Pick<SandboxRequest, 'hosts' | 'named' | 'proxies'>;

/** Throws a RookeryError for a list that names no hosts. */
export async function openNetwork({ hosts = [], named, proxies }: NetworkRequest): Promise<AllowedNetwork> {
  const directory = await makeTemporaryDirectory('proxy');
  const socket = join(directory, 's');
  const remove = () => rm(directory, { recursive: true, force: true });
  try {
    const proxy = await startProxy({ hosts, named, proxies, socket });
    return {
      env: { ...ENVIRONMENT, ...(named ? exceptLoopback(named) : {}) },
      mounts: ['--ro-bind', socket, INNER_SOCKET, '--ro-bind', process.execPath, INNER_NODE],
      bridge: [INNER_NODE, PROGRAM],
      refused: () => [...proxy.refused].map(refusalText),
      close: async () => {
        await proxy.close();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

// ---

const PORT = 3128;
const INNER_SOCKET = '/run/proxy.sock';
const INNER_NODE = '/run/node';
const ADDRESS = `http://127.0.0.1:${PORT}`;

const ENVIRONMENT: Readonly<Record<string, string>> = {
  ...{ http_proxy: ADDRESS, https_proxy: ADDRESS, HTTP_PROXY: ADDRESS, HTTPS_PROXY: ADDRESS },
  // Newer versions of Node ask these variables only when told to.
  NODE_USE_ENV_PROXY: '1',
};

/** What a command starts on its own loopback is reached there, unless a person has named that of this host. */
function exceptLoopback(named: readonly string[]): Record<string, string> {
  const isNamed = namedAddresses(named.map((name) => name.replace(/:\d+$/, '')));
  const own = ['localhost', '127.0.0.1', '::1'].filter((host) => !isNamed({ host, port: 443 }));
  return own.length === 0 ? {} : { no_proxy: own.join(','), NO_PROXY: own.join(',') };
}

function refusalText(name: string): string {
  return name.endsWith(')') ? `no connection to ${name}` : `no connection to ${name}: it is not on the list of hosts`;
}

/**
 * It holds no secret and decides nothing: taking it over gives no more than the socket does. It ends with the proxy, that is
 * with the worker: bubblewrap does not end what it has begun when it is killed while it makes its namespaces.
 */
const PROGRAM = `const net = require('node:net');
const hold = () => {
  let isHeld = false;
  const outer = net.connect(${JSON.stringify(INNER_SOCKET)}, () => { isHeld = true; });
  outer.on('error', () => undefined).on('close', () => { if (isHeld) hold(); else process.exit(1); }).resume();
};
hold();
net.createServer((inner) => {
  const outer = net.connect(${JSON.stringify(INNER_SOCKET)});
  const end = () => { inner.destroy(); outer.destroy(); };
  inner.on('error', end); outer.on('error', end);
  inner.pipe(outer).pipe(inner);
}).listen(${PORT}, '127.0.0.1', () => { process.stdout.write('ready\\n'); });`;
