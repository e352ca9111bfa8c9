/** Paths of the embedded server's files in the work directory. */

import { join, resolve } from 'node:path';

export interface ServerFiles {
  /** Absolute: the server outlives the current directory of its parent. */
  workdir: string;
  directory: string;
  database: string;
  /** Which CLI version last wrote the database; absent until a first start has succeeded. */
  version: string;
  /** Says that a damaged database was moved away, until the open tasks continue. */
  repair: string;
  state: string;
  /** Written by the server's own process before it becomes the server. */
  pid: string;
  lock: string;
  logs: string;
  log: string;
}

export function serverFiles(workdir: string): ServerFiles {
  const root = resolve(workdir);
  const directory = join(root, 'server');
  const logs = join(root, 'logs');
  return {
    workdir: root,
    directory,
    database: join(directory, 'temporal.db'),
    version: join(directory, 'version'),
    repair: join(directory, 'repair.json'),
    state: join(directory, 'state.json'),
    pid: join(directory, 'pid'),
    lock: join(directory, 'lock'),
    logs,
    log: join(logs, 'server.log'),
  };
}
