/** Settings of a worker process that the C library and V8 read only at its start: with them it needs less memory. */

/**
 * For glibc; others ignore them. By default it keeps freed memory in up to eight pools for each processor, and gives less of it
 * back over time. The user's own values win.
 */
const MALLOC = { MALLOC_ARENA_MAX: '2', MALLOC_TRIM_THRESHOLD_: '131072' };

/** In MB, default 16, for each of two threads. With 8 no more CPU could be measured, with 4 it could. */
const SEMI_SPACE = '--max-semi-space-size';

export interface WorkerStart {
  readonly env: NodeJS.ProcessEnv;
  /** Flags for Node. */
  readonly execArgv: string[];
}

export function workerStart(env: NodeJS.ProcessEnv): WorkerStart {
  const isChosen = env.NODE_OPTIONS?.replaceAll('_', '-').includes(SEMI_SPACE) ?? false;
  return { env: { ...MALLOC, ...env }, execArgv: isChosen ? [] : [`${SEMI_SPACE}=8`] };
}
