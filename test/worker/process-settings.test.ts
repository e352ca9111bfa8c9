/** How a worker process is started, so that it needs less memory: by the command and in the image. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { workerStart } from '../../src/worker/process-settings.js';

test('values that the user has set are kept', () => {
  const chosen = { MALLOC_ARENA_MAX: '7', NODE_OPTIONS: '--max_semi_space_size=32', OTHER: 'x' };
  const { env, execArgv } = workerStart(chosen);
  expect(env).toMatchObject(chosen);
  expect(execArgv).toEqual([]);
});

test('the image starts its worker in the same way', () => {
  const { env, execArgv } = workerStart({});
  const image = readFileSync('docker/Dockerfile', 'utf8');
  for (const [name, value] of Object.entries(env)) expect(image).toContain(` ${name}=${value}`);
  for (const flag of execArgv) expect(image).toContain(flag);
  expect(Object.keys(env).length * execArgv.length).toBeGreaterThan(0);
});
