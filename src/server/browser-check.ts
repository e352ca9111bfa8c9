/**
 * Whether a web page gets an answer of the running server: tried over HTTP as a page would whose name resolves to this
 * machine, and by the ports of what answers every Host header.
 */
import { get } from 'node:http';
import { isAlive } from '../files/process-identity.js';
import { isBrowserBlocked } from './browser-ports.js';
import type { ServerState } from './state.js';

const FOREIGN = 'page.invalid';
const ANSWER_WITHIN_MS = 3_000;

/** True: the HTTP API, or the Web UI, on this port of 127.0.0.1 takes a request of any page. */
export async function answersForeignHost(port: number): Promise<boolean> {
  const status = await statusOf(port);
  return status !== 403 && status !== 421;
}

/** What a page can reach, in phrases; empty: nothing. */
export async function openToBrowsers({ ports, protection }: ServerState): Promise<string[]> {
  if (!protection) return ['an older Rookery started it, and it answers every page'];
  const open = [...unblockedListeners({ ports, protection })];
  if (await answersForeignHost(ports.http)) open.push(`the HTTP API on port ${ports.http} answers foreign hosts`);
  if (!isAlive(protection.front)) open.push('the front of the Web UI has ended');
  else if (await answersForeignHost(ports.ui)) open.push(`the Web UI on port ${ports.ui} answers foreign hosts`);
  return open;
}

/** Listeners that got a port which browsers connect to, because the others were taken. */
export function unblockedListeners({ ports, protection }: Pick<ServerState, 'ports' | 'protection'>): string[] {
  const { host, port } = protection?.uiServer ?? { host: '', port: ports.ui };
  const open: string[] = [];
  if (!isBrowserBlocked(ports.metrics)) open.push(`a page can read the metrics on port ${ports.metrics}`);
  if (!isBrowserBlocked(ports.http)) open.push(`a page can post to Nexus endpoints on port ${ports.http}`);
  if (!isBrowserBlocked(port)) open.push(`a page that guesses ${host}:${port} reads the Web UI`);
  return open;
}

// ---

/** Any path that is served does, if its answer is allowed or refused before anything else. */
function statusOf(port: number): Promise<number | undefined> {
  const options = { host: '127.0.0.1', port, path: '/api/v1/namespaces', headers: { host: FOREIGN } };
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
    get({ ...options, signal }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on('error', reject);
  });
}
