/**
 * Chooses the ports of a server: preferred ones where free, else others.
 * A free port can be taken at any time: callers must be ready to choose again.
 */

import { randomInt } from 'node:crypto';
import { connect, createServer } from 'node:net';
import { browserBlockedPorts, isBrowserBlocked, ownLoopbackAddress } from './browser-ports.js';

export interface Ports {
  frontend: number;
  /** Of the front that the browser talks to. */
  ui: number;
  http: number;
  metrics: number;
}

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

const HOST = '127.0.0.1';
/**
 * Not from the ports that the system gives to outgoing connections: while the server is down, one of those (even its own
 * worker's, which tries to come back) could take its port, and the server would come back elsewhere.
 */
const LOWEST_PORT = 10_240;
const PORT_LIMIT = 32_768;
const NAMES = ['frontend', 'ui', 'http', 'metrics'] as const;
/** A person, a client or a browser has to reach the others. */
const BROWSER_BLOCKED: readonly string[] = ['http', 'metrics'];

/** For each port, the first preference that is free. */
export async function choosePorts(preferences: readonly Partial<Ports>[]): Promise<Ports> {
  const chosen: Partial<Ports> = {};
  for (const name of NAMES) {
    const preferred = preferences.map((ports) => ports[name]).filter((port) => port !== undefined);
    const candidates = BROWSER_BLOCKED.includes(name)
      ? [...preferred.filter(isBrowserBlocked), ...browserBlockedPorts()]
      : preferred;
    chosen[name] = await firstFree({ candidates, taken: Object.values(chosen), host: HOST });
  }
  return chosen as Ports;
}

/** Where the server's own Web UI listens, which answers every Host header: known only to the front. */
export async function chooseUiServer({ http, metrics }: Ports): Promise<Endpoint> {
  const host = ownLoopbackAddress();
  const port = await firstFree({ candidates: browserBlockedPorts(), taken: [http, metrics], host });
  return { host, port };
}

/** @returns true when a process listens there. */
export function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: HOST });
    const answer = (accepted: boolean) => {
      socket.destroy();
      resolve(accepted);
    };
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
  });
}

/** @returns true when this process could listen there. */
export function isFree(port: number, host = HOST): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host, exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

interface PortSearch {
  readonly candidates: readonly number[];
  readonly taken: readonly number[];
  readonly host: string;
}

async function firstFree({ candidates, taken, host }: PortSearch): Promise<number> {
  for (const port of candidates) {
    if (!taken.includes(port) && (await isFree(port, host))) return port;
  }
  for (;;) {
    const port = randomInt(LOWEST_PORT, PORT_LIMIT);
    if (!taken.includes(port) && (await isFree(port, host))) return port;
  }
}
