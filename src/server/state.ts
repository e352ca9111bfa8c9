/**
 * The note about the server of one work directory: which process, on which ports.
 * It outlives the server: its ports are wished for again, so that a live worker reconnects by itself.
 */

import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { ignoring } from '../durable/failure.js';
import { isAlive } from '../durable/process.js';
import { writeDurably } from '../durable/write.js';
import type { ServerFiles } from './files.js';

const Port = z.int().min(1).max(65_535);

const ServerState = z.object({
  pid: z.int().positive(),
  /** Boot and start time of the process: a pid alone may be somebody else's by now. */
  started: z.string(),
  address: z.string(),
  uiUrl: z.string(),
  version: z.string(),
  ports: z.object({ frontend: Port, ui: Port, http: Port, metrics: Port }),
});
export type ServerState = z.infer<typeof ServerState>;

/** An unreadable note counts as none: then only the wish for its ports is lost. */
export async function readState(files: ServerFiles): Promise<ServerState | undefined> {
  const text = await readFile(files.state, 'utf8').catch(ignoring('ENOENT', 'ENOTDIR'));
  try {
    return text === undefined ? undefined : ServerState.parse(JSON.parse(text));
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
