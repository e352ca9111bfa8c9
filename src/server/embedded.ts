/**
 * Starts, finds and stops the embedded Temporal server of a work directory.
 * Never runs two on one database, nor one whose ports, privacy and durability were not checked.
 */

import { existsSync } from 'node:fs';
import { RookeryError } from '../domain/errors.js';
import { makeDirectory } from '../files/atomic-write.js';
import { withLock } from '../files/file-lock.js';
import { isAlive } from '../files/process-identity.js';
import { browserExposures, unblockedListeners } from './browser-check.js';
import { responds } from './client.js';
import { damagedDatabase, databaseDamage } from './damage.js';
import { prepareDatabase, recordWriter, refuseOlder } from './database.js';
import { serverEnvironment } from './environment.js';
import { type ServerFiles, serverFiles } from './files.js';
import { answersRequests } from './http-requests.js';
import { rotateLogs } from './logs.js';
import { endOrphan } from './orphan.js';
import { choosePorts } from './ports.js';
import { type StartOptions, startProcess } from './starting.js';
import { liveState, type ServerState, uiUrlOf, writeState } from './state.js';
import { terminate } from './termination.js';
import { launchFront } from './ui-front-process.js';

export type { StartOptions } from './starting.js';

export interface EmbeddedServer {
  address: string;
  uiUrl: string;
  namespace: 'default';
  pid: number;
  version: string;
  /**
   * False when it answers web pages (an older Rookery started it), or its Web UI cannot be opened; a start repairs
   * both.
   */
  complete: boolean;
}

const RESPONSE_TIMEOUT_MS = 3_000;
const FROZEN_TIMEOUT_MS = 5_000;
/** Longer than a start with all its tries: a second start waits for the first. */
const LOCK_WAIT_MS = 120_000;
/** Of a larger database a start looks at the header alone: the rest would take a second or more. */
const START_LOOK_BYTES = 64 * 1024 * 1024;

/** Returns the server of the work directory; starts it when none runs, restarts it when it answers web pages. */
export async function startServer(options: StartOptions): Promise<EmbeddedServer> {
  const files = serverFiles(options.workdir);
  await makeDirectory(files.directory);
  await makeDirectory(files.logs);
  return withLock(
    files.lock,
    () => existingServer(files, options).then((server) => server ?? startNew(files, options)),
    LOCK_WAIT_MS,
  );
}

/** Only a server that lives and answers. */
export async function runningServer(workdir: string): Promise<EmbeddedServer | undefined> {
  const state = await liveState(serverFiles(workdir));
  if (!state) return undefined;
  // The Host that an older Rookery's server accepts is not known.
  const answers = state.protection
    ? answersRequests(state, RESPONSE_TIMEOUT_MS)
    : responds(state.address, RESPONSE_TIMEOUT_MS);
  return (await answers) ? publicPart(state) : undefined;
}

/** @returns phrases that name what a web page can reach, or an empty list; undefined when no server runs. */
export async function reachableByBrowsers(workdir: string): Promise<string[] | undefined> {
  const state = await liveState(serverFiles(workdir));
  return state && browserExposures(state);
}

/** @returns true when a server was stopped. */
export async function stopServer(workdir: string): Promise<boolean> {
  const files = serverFiles(workdir);
  if (!existsSync(files.directory)) return false;
  return withLock(files.lock, () => stop(files), LOCK_WAIT_MS);
}

async function stop(files: ServerFiles): Promise<boolean> {
  const state = await liveState(files);
  if (state) await terminateServer(state);
  return (await endOrphan(files)) || state !== undefined;
}

async function terminateServer(state: ServerState): Promise<void> {
  await terminate(state);
  if (state.protection) await terminate(state.protection.front);
}

/** A frozen server still owns the database: a second server would damage it, so this is an error. */
async function existingServer(files: ServerFiles, options: StartOptions): Promise<EmbeddedServer | undefined> {
  const state = await liveState(files);
  if (!state) return undefined;
  if (!(await responds(state.address, FROZEN_TIMEOUT_MS))) {
    // It was just dying: the processor or the disk can keep a killed process for seconds.
    if (!isAlive(state)) return undefined;
    throw notAnswering(files, state);
  }
  if (!state.protection) return stopUnprotected(files, state, options);
  return publicPart(await renewFront(files, state, options));
}

/** Tasks lose nothing by it: their worker finds the new server on the same port. */
async function stopUnprotected(files: ServerFiles, state: ServerState, options: StartOptions): Promise<undefined> {
  await refuseOlder(files, options.cli.version);
  const subject = `The Temporal server (process ${state.pid})`;
  options.announce(
    `${subject} was started by an older Rookery and accepts requests from web pages: restarting it with that protection.`,
  );
  await terminateServer(state);
}

/** The server itself runs on; another port only where its own was taken meanwhile. */
async function renewFront(files: ServerFiles, state: ServerState, options: StartOptions): Promise<ServerState> {
  const { pid, started, protection } = state;
  if (!protection || isAlive(protection.front)) return state;
  const { ui } = await choosePorts([state.ports]);
  const task = { port: ui, uiServer: protection.uiServer, server: { pid, started } };
  const front = await launchFront({ files, env: serverEnvironment(options.env, files.workdir), task });
  const ports = { ...state.ports, ui };
  const renewed = { ...state, ports, uiUrl: uiUrlOf(ports), protection: { ...protection, front } };
  await writeState(files, renewed);
  options.announce(`The Web UI is available again: ${renewed.uiUrl}`);
  return renewed;
}

async function startNew(files: ServerFiles, options: StartOptions): Promise<EmbeddedServer> {
  const { cli, announce } = options;
  await endOrphan(files);
  await rotateLogs(files.logs);
  const damage = databaseDamage(files, START_LOOK_BYTES);
  if (damage) throw damagedDatabase(files, damage);
  await prepareDatabase({ files, version: cli.version, announce });
  const state = await startProcess(files, options);
  await recordWriter(files, cli.version);
  await writeState(files, state);
  announce(`Temporal server ${cli.version} at ${state.address}, Web UI ${state.uiUrl}, data in ${files.directory}`);
  const exposures = unblockedListeners(state);
  if (exposures.length > 0) announce(`All ports that browsers refuse are in use: ${exposures.join('; ')}.`);
  return publicPart(state);
}

function publicPart({ address, uiUrl, pid, version, protection }: ServerState): EmbeddedServer {
  const complete = protection !== undefined && isAlive(protection.front);
  return { address, uiUrl, namespace: 'default', pid, version, complete };
}

function notAnswering(files: ServerFiles, { pid, address }: ServerState): RookeryError {
  const message = `The Temporal server of ${files.workdir} (process ${pid}) is alive but does not answer at ${address}.`;
  return new RookeryError('no_server', message, {
    hint: 'Wait for it, or stop it with `rookery down`, then try again.',
  });
}
