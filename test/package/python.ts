/** A Python that has Temporal's SDK, in a virtual environment in the user's cache. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import envPaths from 'env-paths';
import { runIn } from './npm.js';

const WANTED = 'temporalio==1.35.0';

/** @returns its path, or why there is none. */
export async function pythonWithSdk(): Promise<{ readonly path: string } | { readonly missing: string }> {
  const folder = join(envPaths('rookery', { suffix: '' }).cache, 'python', WANTED.replace('==', '-'));
  const path = join(folder, 'bin', 'python');
  const done = join(folder, 'installed');
  if (existsSync(done)) return { path };
  const steps = [
    ['python3', '-m', 'venv', '--clear', folder],
    [path, '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', WANTED],
    [path, '-c', `open(${JSON.stringify(done)}, 'w').close()`],
  ];
  for (const step of steps) {
    const ended = await runIn('.', step).catch((error: Error) => ({ code: 1, stderr: error.message }));
    if (ended.code !== 0) return { missing: `${step.join(' ')} failed: ${ended.stderr.trim().split('\n').at(-1)}` };
  }
  return { path };
}
