/** A server of a peer as a child process: there when it is ready, gone when it does not become so. */
import { type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { until } from '../../support/until.js';

export interface ServiceOptions extends Pick<SpawnOptions, 'cwd' | 'env' | 'uid' | 'gid'> {
  readonly name: string;
  readonly args: readonly string[];
  readonly stopWith: NodeJS.Signals;
  isReady(): Promise<boolean>;
}

export interface Service {
  readonly pid: number;
  stop(): Promise<void>;
}

export async function startService(program: string, options: ServiceOptions): Promise<Service> {
  const { name, args, stopWith, isReady, ...rest } = options;
  const child = spawn(program, args, { ...rest, stdio: 'ignore' });
  const ended = once(child, 'exit');
  const stop = async (): Promise<void> => {
    child.kill(stopWith);
    await ended;
  };
  const failed = ended.then(([code]) => Promise.reject(new Error(`${name} ended with ${code} before it was ready`)));
  try {
    await Promise.race([until(isReady, { what: `${name} is ready` }), failed]);
  } catch (error) {
    await stop();
    throw error;
  }
  return { pid: child.pid as number, stop };
}
