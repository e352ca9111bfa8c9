/**
 * What a command with a list of hosts gets: a proxy outside, its socket mounted inside, and a small program that leads
 * a port of the sandbox's own loopback to that socket, because HTTP clients speak to ports.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeTemporaryDirectory } from '../files/temporary-directory.js';
import { startProxy } from './proxy.js';

export interface AllowedNetwork {
  readonly env: Readonly<Record<string, string>>;
  readonly mounts: readonly string[];
  readonly bridge: readonly [node: string, program: string];
  /** As text. */
  refused(): readonly string[];
  close(): Promise<void>;
}

/** Throws a RookeryError for a list that names no hosts. */
export async function openNetwork(hosts: readonly string[]): Promise<AllowedNetwork> {
  const directory = await makeTemporaryDirectory('proxy');
  const socket = join(directory, 's');
  const remove = () => rm(directory, { recursive: true, force: true });
  try {
    const proxy = await startProxy({ hosts, socket });
    return {
      env: ENVIRONMENT,
      mounts: ['--ro-bind', socket, INNER_SOCKET, '--ro-bind', process.execPath, INNER_NODE],
      bridge: [INNER_NODE, PROGRAM],
      refused: () => [...proxy.refused].map((name) => `no connection to ${name}: it is not on the list of hosts`),
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

/** It holds no secret and decides nothing: taking it over gives no more than the socket does. */
const PROGRAM = `const net = require('node:net');
net.createServer((inner) => {
  const outer = net.connect(${JSON.stringify(INNER_SOCKET)});
  const end = () => { inner.destroy(); outer.destroy(); };
  inner.on('error', end); outer.on('error', end);
  inner.pipe(outer).pipe(inner);
}).listen(${PORT}, '127.0.0.1', () => { process.stdout.write('ready\\n'); });`;
