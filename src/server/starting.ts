/**
 * Starts the server and its front, waits until they serve, and verifies the flags that safety depends on.
 * Ends every process that it started when it fails.
 */

import { randomBytes } from 'node:crypto';
import { open, stat } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { RookeryError, sentenceOf } from '../domain/errors.js';
import { ignoring } from '../files/errors.js';
import { type ProcessIdentity, processIdentity } from '../files/process-identity.js';
import { answersForeignHost } from './browser-check.js';
import { keepFinishedTasks, responds } from './client.js';
import { damagedDatabase } from './damage.js';
import { usesWriteAheadLog } from './database.js';
import { serverEnvironment } from './environment.js';
import type { ServerFiles } from './files.js';
import { accepts, choosePorts, chooseUiServer, isFree, type Ports } from './ports.js';
import type { TemporalCli } from './source.js';
import { damageIn } from './sqlite-messages.js';
import { launch, type ServerAddress } from './start-dev.js';
import { readState, type ServerState, uiUrlOf } from './state.js';
import { terminate } from './termination.js';
import { launchFront } from './ui-front-process.js';

export interface StartOptions {
  workdir: string;
  cli: Pick<TemporalCli, 'path' | 'version'>;
  env: NodeJS.ProcessEnv;
  announce(line: string): void;
  preferredPort?: number;
  preferredUiPort?: number;
}

const DEFAULT_PORT = 7233;
const DEFAULT_UI_PORT = 8233;
const START_TIMEOUT_MS = 30_000;
const POLL_INTERVAL_MS = 25;
const PORT_RELEASE_TIMEOUT_MS = 2_000;
const MAX_ATTEMPTS = 5;
const MAX_LOG_CHARACTERS = 400;
const ADDRESS_TAKEN = /(listen tcp \S+ bind: )?address already in use/;

/** Chooses new ports when another process takes one between the choice and its use. */
export async function startProcess(files: ServerFiles, options: StartOptions): Promise<ServerState> {
  const before = await readState(files);
  const defaultPorts = {
    frontend: options.preferredPort ?? DEFAULT_PORT,
    ui: options.preferredUiPort ?? DEFAULT_UI_PORT,
  };
  // The front of an ended server ends within 1 s, but its port is needed now.
  if (before?.protection && !(await isFree(before.ports.ui))) await terminate(before.protection.front);
  if (before) await waitUntilFree(before.ports.frontend);
  for (let attemptsLeft = MAX_ATTEMPTS; ; attemptsLeft--) {
    const ports = await choosePorts(before ? [before.ports, defaultPorts] : [defaultPorts]);
    // `.invalid` never resolves, so no page can have this name; the random part cannot be guessed.
    const apiHost = `${randomBytes(16).toString('hex')}.invalid`;
    try {
      return await startOn({ ports, uiServer: await chooseUiServer(ports), apiHost }, files, options);
    } catch (error) {
      if (attemptsLeft <= 1 || !(error instanceof RookeryError) || !ADDRESS_TAKEN.test(error.message)) throw error;
    }
  }
}

/**
 * Waits for a port, at most PORT_RELEASE_TIMEOUT_MS: a killed server may hold it briefly, and a live worker knows only that port.
 * A server of another program keeps it.
 */
async function waitUntilFree(port: number): Promise<void> {
  for (const deadline = Date.now() + PORT_RELEASE_TIMEOUT_MS; !(await isFree(port)) && Date.now() < deadline; ) {
    await pause(POLL_INTERVAL_MS);
  }
}

async function startOn(
  listenOn: ServerAddress,
  files: ServerFiles,
  { cli, env: given }: StartOptions,
): Promise<ServerState> {
  const { ports, uiServer, apiHost } = listenOn;
  const logSize = (await stat(files.log).catch(ignoring('ENOENT')))?.size ?? 0;
  const env = serverEnvironment(given, files.workdir);
  const process = await launch({ files, cli: cli.path, env, listenOn });
  // Loaded while the server starts, which takes longer.
  void import('@temporalio/client').catch(() => undefined);
  const server = process.pid === undefined ? undefined : processIdentity(process.pid);
  const address = `127.0.0.1:${ports.frontend}`;
  const front = server && launchFront({ files, env, task: { port: ports.ui, uiServer, server } });
  // Awaited below, after the server.
  front?.catch(() => undefined);
  try {
    const isServing = await Promise.race([waitUntilServing(ports), process.ended.then(() => false)]);
    if (!isServing || !server || !front) throw notStarted(await logSince(files.log, logSize), files);
    await keepFinishedTasks(address);
    await checkFlags(ports, files, cli);
    const protection = { apiHost, uiServer, front: await front };
    process.release();
    return { ...server, address, uiUrl: uiUrlOf(ports), version: cli.version, ports, protection };
  } catch (error) {
    await Promise.all([server, await front?.catch(() => undefined)].map(terminateIfStarted));
    throw error instanceof RookeryError ? error : notStarted(sentenceOf(error), files);
  }
}

/** Detects a CLI that ignores a flag silently. */
async function checkFlags(ports: Ports, files: ServerFiles, cli: StartOptions['cli']): Promise<void> {
  if (!(await usesWriteAheadLog(files))) throw flagIgnored(cli, 'journal_mode=WAL: tasks could be lost in a power cut');
  if (await answersForeignHost(ports.http)) {
    throw flagIgnored(cli, 'frontend.httpAllowedHosts: any web page could control its tasks');
  }
}

async function terminateIfStarted(process: ProcessIdentity | undefined): Promise<void> {
  if (process) await terminate(process);
}

/** Checks the metrics port too: another server may have taken the frontend's port and answer there. */
async function waitUntilServing(ports: Ports): Promise<boolean> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!(await accepts(ports.metrics))) {
    if (Date.now() > deadline) return false;
    await pause(POLL_INTERVAL_MS);
  }
  return responds(`127.0.0.1:${ports.frontend}`, deadline - Date.now());
}

async function logSince(log: string, from: number): Promise<string> {
  const file = await open(log, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(64 * 1024), 0, 64 * 1024, from);
    return buffer.toString('utf8', 0, bytesRead).trim();
  } finally {
    await file.close();
  }
}

/** By the last line, or the words about a port in use: those may precede a panic, or lie inside a long line. */
function notStarted(log: string, files: ServerFiles): RookeryError {
  const words = damageIn(log);
  if (words !== undefined) return damagedDatabase(files, { why: `its server says "${words}"` });
  const lines = log.split('\n');
  const [portInUse] = lines.map((line) => ADDRESS_TAKEN.exec(line)?.[0]).filter((found) => found !== undefined);
  const line = portInUse ?? lines.at(-1) ?? '';
  const reason = line === '' ? 'it printed nothing' : line.slice(0, MAX_LOG_CHARACTERS);
  return new RookeryError('environment', `The Temporal server did not start: ${reason}.`, {
    hint: `Its log is ${files.log}.`,
  });
}

function flagIgnored({ path, version }: StartOptions['cli'], what: string): RookeryError {
  const message = `The Temporal CLI ${version} at ${path} ignored ${what}.`;
  return new RookeryError('environment', message, { hint: 'Use another one: set ROOKERY_TEMPORAL_CLI to its file.' });
}
