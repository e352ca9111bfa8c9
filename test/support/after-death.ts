/**
 * What a test starts detached (a Temporal server, a worker of the command) outlives a test process that dies without its
 * cleanup: a second Ctrl-C, `kill -9`. A small shell process then ends it.
 */
import { spawn } from 'node:child_process';

const watched = new Set<string>();

/** When this process is gone, kills every process whose command line names the directory; it must be one of this test alone. */
export function killAfterDeath(directory: string): void {
  if (watched.has(directory)) return;
  watched.add(directory);
  // A session of its own: Ctrl-C does not reach it. The directory is in its environment alone, so it does not find itself.
  const watcher = spawn('/bin/sh', ['-c', WATCH], {
    detached: true,
    env: { PATH: process.env.PATH, DIRECTORY: directory },
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  // This process need not wait for it.
  watcher.unref();
  (watcher.stdin as unknown as { unref(): void }).unref();
}

// ---

/** The pipe ends with the process that holds its other end, however that ends. */
const WATCH = `cat
ps -A -ww -o pid= -o args= | awk 'index($0, ENVIRON["DIRECTORY"]) { print $1 }' | xargs kill -9`;
