/** A work directory of its own for every test of a file, with some files in it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { type Paths, pathsOf } from '../../src/mirror/paths.js';

export interface Workdir {
  paths: Paths;
  putTask(id: string, text: string | Buffer): void;
  textOf(id: string): string;
}

export function useWorkdir(): Workdir {
  const workdir: Workdir = {
    paths: pathsOf('/'),
    putTask: (id, text) => writeFileSync(workdir.paths.task(id), text),
    textOf: (id) => readFileSync(workdir.paths.task(id), 'utf8'),
  };
  beforeEach(async () => {
    workdir.paths = pathsOf(await mkdtemp(join(tmpdir(), 'rookery-files-')));
    await mkdir(workdir.paths.checkpoints, { recursive: true });
  });
  afterEach(() => rm(workdir.paths.workdir, { recursive: true, force: true, maxRetries: 3 }));
  return workdir;
}
