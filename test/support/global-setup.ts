/**
 * Before all tests: the one Temporal server that they share, and the workflow bundle, made when it is not up to date. After
 * them: every request body that a model server of theirs was sent must have been valid.
 */
import { execFile } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';
import { countsOf, RUN, VALIDATORS } from './bodies/record.js';
import { madeValidators } from './bodies/validators.js';
import { type OwnServer, startOwnServer } from './own-server.js';

declare module 'vitest' {
  interface ProvidedContext {
    temporal: Pick<OwnServer, 'address' | 'uiUrl' | 'httpUrl' | 'apiHost'>;
    /** File of the workflow bundle. */
    bundle: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), 'rookery-shared-'));
  project.provide('bundle', await freshBundle(directory));
  process.env[RUN] = directory;
  process.env[VALIDATORS] = await madeValidators();
  const server = await startOwnServer({ workdir: directory });
  const { address, uiUrl, httpUrl, apiHost } = server;
  project.provide('temporal', { address, uiUrl, httpUrl, apiHost });
  return async () => {
    await server.stop();
    const { validated, invalid } = countsOf(directory);
    await rm(directory, { recursive: true, force: true, maxRetries: 3 });
    console.log(`${validated} request bodies validated, ${invalid.length} invalid`);
    if (invalid.length > 0) throw new Error(`invalid request bodies:\n${invalid.slice(0, SHOWN_BODIES).join('\n\n')}`);
  };
}

// ---

const SHOWN_BODIES = 10;
const SOURCES = ['workflows', 'src/domain'];
const BUILT = resolve('dist/workflow-bundle.js');

/** The bundle of the build, if it is newer than what it was made from. */
async function freshBundle(directory: string): Promise<string> {
  const newest = Math.max(
    ...SOURCES.flatMap((source) => readdirSync(source).map((name) => timeOf(join(source, name)))),
  );
  if (timeOf(BUILT) > newest) return BUILT;
  const file = join(directory, 'bundle.js');
  await promisify(execFile)(process.execPath, ['scripts/bundle-workflow.mjs', 'workflows/index.ts', file]);
  return file;
}

function timeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
