/**
 * Checks whether a web page can reach the running server: over HTTP, as a page whose name resolves to this machine
 * would, and by the ports of the listeners that answer every Host header.
 */
import { get } from 'node:http';
import { isAlive } from '../files/process-identity.js';
import { isBrowserBlocked } from './browser-ports.js';
import type { ServerState } from './state.js';

const FOREIGN_HOST = 'page.invalid';
const RESPONSE_TIMEOUT_MS = 3_000;

/** @returns true when the HTTP API or Web UI on this port of 127.0.0.1 accepts a request from any page. */
export async function answersForeignHost(port: number): Promise<boolean> {
  const status = await statusOf(port);
  return status !== 403 && status !== 421;
}

/** @returns phrases that name what a page can reach; empty when it can reach nothing. */
export async function browserExposures({ ports, protection }: ServerState): Promise<string[]> {
  if (!protection) return ['an older Rookery started it, and it accepts requests from every web page'];
  const exposures = [...unblockedListeners({ ports, protection })];
  if (await answersForeignHost(ports.http))
    exposures.push(`the HTTP API on port ${ports.http} accepts requests for foreign hosts`);
  if (!isAlive(protection.front)) exposures.push('the proxy of the Web UI has exited');
  else if (await answersForeignHost(ports.ui))
    exposures.push(`the Web UI on port ${ports.ui} accepts requests for foreign hosts`);
  return exposures;
}

/** Listeners on a port that browsers connect to, because all blocked ports were in use. */
export function unblockedListeners({ ports, protection }: Pick<ServerState, 'ports' | 'protection'>): string[] {
  const { host, port } = protection?.uiServer ?? { host: '', port: ports.ui };
  const exposures: string[] = [];
  if (!isBrowserBlocked(ports.metrics)) exposures.push(`a page can read the metrics on port ${ports.metrics}`);
  if (!isBrowserBlocked(ports.http)) exposures.push(`a page can post to Nexus endpoints on port ${ports.http}`);
  if (!isBrowserBlocked(port)) exposures.push(`a page that guesses ${host}:${port} reads the Web UI`);
  return exposures;
}

// ---

/** Any served path works: the Host header is checked first. */
function statusOf(port: number): Promise<number | undefined> {
  const options = { host: '127.0.0.1', port, path: '/api/v1/namespaces', headers: { host: FOREIGN_HOST } };
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(RESPONSE_TIMEOUT_MS);
    get({ ...options, signal }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on('error', reject);
  });
}
