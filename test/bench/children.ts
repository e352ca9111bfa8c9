/** Processes of the benchmark: the model and the peers' workers. Each ends with the channel to its parent. */
import { type ChildProcess, type ForkOptions, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface Child {
  readonly pid: number;
  readonly process: ChildProcess;
  /** What it said first. */
  readonly said: unknown;
  /** At once, and gone when it resolves. */
  kill(): Promise<void>;
}

/** `module` beside this file, started with what the third argument adds; resolves when it has said something. */
export async function startChild(
  module: string,
  args: readonly string[] = [],
  start: Pick<ForkOptions, 'env' | 'execArgv'> = {},
): Promise<Child> {
  const path = fileURLToPath(new URL(module, import.meta.url));
  const child = fork(path, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], ...start });
  const ended = once(child, 'exit');
  const [said] = await Promise.race([
    once(child, 'message'),
    ended.then(([code]) => Promise.reject(new Error(`${module} ended with ${code} before it was ready`))),
  ]);
  return {
    pid: child.pid as number,
    process: child,
    said,
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** What Rookery's worker has done so far. */
export interface WorkerSeen {
  readonly asked: number;
  readonly found: number;
  readonly held: number;
  /** Of the files of a task, as one. */
  readonly writes: number;
}

export async function seenBy(worker: Child): Promise<WorkerSeen> {
  worker.process.send('seen');
  const [seen] = (await once(worker.process, 'message')) as [WorkerSeen];
  return seen;
}

export interface ModelProcess {
  readonly url: string;
  readonly pid: number;
  /** When each request for that model came, in milliseconds since 1970. */
  times(model: string): Promise<readonly number[]>;
  close(): Promise<void>;
}

export async function startModel(): Promise<ModelProcess> {
  const child = await startChild('./model-main.js');
  const { url } = child.said as { url: string };
  return {
    url,
    pid: child.pid,
    async times(model) {
      child.process.send(model);
      for (;;) {
        const [answer] = (await once(child.process, 'message')) as [{ model: string; times: number[] }];
        if (answer.model === model) return answer.times;
      }
    },
    close: child.kill,
  };
}
