/** Tells a worker to stop, also in the moment of its start, when it would refuse to be told. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Worker } from '@temporalio/worker';

const LOOK_AGAIN_MS = 20;

/**
 * Returns when the worker has been told; `running` is what its `run()` returned, and ends when it has stopped. A worker whose
 * plugins still prepare is not running yet: `shutdown()` would throw, and it would then run without an end.
 */
export async function stopWorker(worker: Worker, running: Promise<unknown>): Promise<void> {
  let hasEnded = false;
  const noteEnd = (): void => {
    hasEnded = true;
  };
  running.then(noteEnd, noteEnd);
  while (worker.getState() === 'INITIALIZED' && !hasEnded) await pause(LOOK_AGAIN_MS);
  if (worker.getState() === 'RUNNING') worker.shutdown();
}
