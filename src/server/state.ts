/**
 * The state file of the server of a work directory: its process and ports.
 * The file stays after the server has ended: the next start prefers the same ports, so that a live worker reconnects.
 */

import { readFile } from 'node:fs/promises';
import { writeDurably } from '../files/atomic-write.js';
import { ignoring } from '../files/errors.js';
import { isAlive, type ProcessIdentity } from '../files/process-identity.js';
import type { ServerFiles } from './files.js';
import type { Endpoint, Ports } from './ports.js';

export interface ServerState {
  readonly pid: number;
  /** Boot and start time of the process: a pid alone may have been reused. */
  readonly started: string;
  readonly address: string;
  readonly uiUrl: string;
  readonly version: string;
  readonly ports: Ports;
  /** Absent when an older Rookery started it: then it accepts requests from every web page. */
  readonly protection?: BrowserProtection;
}

export interface BrowserProtection {
  /** The only Host header that the HTTP API accepts; secret, new at each start. */
  readonly apiHost: string;
  /** Where the server's own Web UI listens. */
  readonly uiServer: Endpoint;
  /** The process of the Web UI proxy, on `ports.ui`. */
  readonly front: ProcessIdentity;
}

/** @returns undefined when the file is missing or unreadable; then only the preferred ports are lost. */
export async function readState(files: ServerFiles): Promise<ServerState | undefined> {
  const text = await readFile(files.state, 'utf8').catch(ignoring('ENOENT', 'ENOTDIR'));
  try {
    const note: unknown = text === undefined ? undefined : JSON.parse(text);
    return isState(note) ? note : undefined;
  } catch {
    return undefined;
  }
}

export async function writeState(files: ServerFiles, state: ServerState): Promise<void> {
  await writeDurably(files.state, `${JSON.stringify(state, null, 2)}\n`);
}

export function uiUrlOf({ ui }: Ports): string {
  return `http://127.0.0.1:${ui}`;
}

export async function liveState(files: ServerFiles): Promise<ServerState | undefined> {
  const state = await readState(files);
  return state && isAlive(state) ? state : undefined;
}

// ---

/** Without a schema library: every command reads this file, and loading one would double its time. */
function isState(note: unknown): note is ServerState {
  const { pid, started, address, uiUrl, version, ports, protection } = Object(note) as Record<string, unknown>;
  const { frontend, ui, http, metrics } = Object(ports) as Record<keyof Ports, unknown>;
  return (
    Number.isInteger(pid) &&
    Number(pid) > 0 &&
    [started, address, uiUrl, version].every((text) => typeof text === 'string') &&
    [frontend, ui, http, metrics].every(isPort) &&
    (protection === undefined || isProtection(protection))
  );
}

function isProtection(value: unknown): value is BrowserProtection {
  const { apiHost, uiServer, front } = Object(value) as Record<keyof BrowserProtection, unknown>;
  const { host, port } = Object(uiServer) as Record<keyof Endpoint, unknown>;
  const { pid, started } = Object(front) as Record<keyof ProcessIdentity, unknown>;
  return [apiHost, host, started].every((text) => typeof text === 'string') && isPort(port) && Number(pid) > 0;
}

function isPort(port: unknown): boolean {
  return Number.isInteger(port) && Number(port) > 0 && Number(port) < 65_536;
}
