/**
 * The note about the server of one work directory: which process, on which ports.
 * It outlives the server: its ports are wished for again, so that a live worker reconnects by itself.
 */

import { readFile } from 'node:fs/promises';
import { ignoring } from '../durable/failure.js';
import { isAlive } from '../durable/process.js';
import { writeDurably } from '../durable/write.js';
import type { ServerFiles } from './files.js';
import type { Ports } from './ports.js';

export interface ServerState {
  readonly pid: number;
  /** Boot and start time of the process: a pid alone may be somebody else's by now. */
  readonly started: string;
  readonly address: string;
  readonly uiUrl: string;
  readonly version: string;
  readonly ports: Ports;
}

/** An unreadable note counts as none: then only the wish for its ports is lost. */
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

export async function liveState(files: ServerFiles): Promise<ServerState | undefined> {
  const state = await readState(files);
  return state && isAlive(state) ? state : undefined;
}

// ---

/** By hand: every command reads this note, and a library of schemas costs each of them as much as all of its own work. */
function isState(note: unknown): note is ServerState {
  const { pid, started, address, uiUrl, version, ports } = Object(note) as Record<keyof ServerState, unknown>;
  const { frontend, ui, http, metrics } = Object(ports) as Record<keyof Ports, unknown>;
  return (
    Number.isInteger(pid) &&
    Number(pid) > 0 &&
    [started, address, uiUrl, version].every((text) => typeof text === 'string') &&
    [frontend, ui, http, metrics].every((port) => Number.isInteger(port) && Number(port) > 0 && Number(port) < 65_536)
  );
}
