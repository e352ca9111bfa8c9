/** Starts the process of the front detached, like the server: both outlive the command that starts them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { open } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type ProcessIdentity, processIdentity } from '../files/process-identity.js';
import type { ServerFiles } from './files.js';
import type { FrontOptions } from './ui-front.js';

/** Input of the process. */
export interface FrontTask extends FrontOptions {
  /** The front ends with this process. */
  readonly server: ProcessIdentity;
}

/** Message to its parent. */
export type FrontReport = { readonly kind: 'listening' } | { readonly kind: 'failed'; readonly why: string };

export interface FrontLaunch {
  readonly files: ServerFiles;
  readonly env: NodeJS.ProcessEnv;
  readonly task: FrontTask;
}

/** Always the built file, also from the sources (tests): a separate process needs JavaScript. */
const PROGRAM = fileURLToPath(
  new URL(
    import.meta.url.endsWith('.ts') ? '../../dist/src/server/ui-front-main.js' : './ui-front-main.js',
    import.meta.url,
  ),
);

/** Resolves when the front listens; throws the system's error when it cannot. */
export async function launchFront({ files, env, task }: FrontLaunch): Promise<ProcessIdentity> {
  const log = await open(files.log, 'a', 0o600);
  const child = spawn(process.execPath, [PROGRAM, JSON.stringify(task)], {
    cwd: files.directory,
    detached: true,
    env,
    stdio: ['ignore', log.fd, log.fd, 'ipc'],
  });
  // Listeners are added before the first await.
  const reported = reportOf(child);
  await log.close();
  const report = await reported;
  if (report.kind === 'failed') throw new Error(`the proxy of the Web UI: ${report.why}`);
  const identity = child.pid === undefined ? undefined : processIdentity(child.pid);
  if (child.connected) child.disconnect();
  child.unref();
  if (!identity) throw new Error('the proxy of the Web UI exited immediately');
  return identity;
}

function reportOf(child: ChildProcess): Promise<FrontReport> {
  return new Promise((resolve) => {
    const failed = (why: string): void => resolve({ kind: 'failed', why });
    child.once('message', (report) => resolve(report as FrontReport));
    child.once('error', (error) => failed(error.message));
    child.once('exit', (code) => failed(`it ended with exit code ${code}`));
  });
}
