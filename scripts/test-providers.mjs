/**
 * `npm run test:providers`: tasks through the real servers of two projects, LiteLLM's proxy and llama.cpp's server, both from
 * PyPI in pinned versions. Opt-in: it needs Python 3 with venv, downloads about 400 MB for the first time, and takes minutes.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import envPaths from 'env-paths';

const PACKAGES = { litellm: 'litellm[proxy]==1.106.12', llama: 'xllamacpp==2026.10.11549' };

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const pythons = Object.entries(PACKAGES).map(([name, wanted]) => [name.toUpperCase(), installed(wanted)]);
const env = {
  ...process.env,
  SERVERS: '1',
  ...Object.fromEntries(pythons.map(([name, path]) => [`PYTHON_${name}`, path])),
};
const { status } = spawnSync(process.execPath, ['scripts/test.mjs', ...process.argv.slice(2)], {
  stdio: 'inherit',
  env,
});
process.exitCode = status ?? 1;

// ---

/** @returns the Python of an environment that has the package; each version has its own in the user's cache. */
function installed(wanted) {
  const folder = join(envPaths('rookery', { suffix: '' }).cache, 'providers', wanted.replace(/[^\w.]+/g, '-'));
  const python = join(folder, 'bin', 'python');
  const done = join(folder, 'installed');
  if (existsSync(done)) return python;
  console.log(`Installing ${wanted} into ${folder}`);
  run('python3', ['-m', 'venv', '--clear', folder]);
  run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', wanted]);
  run(python, ['-c', `open(${JSON.stringify(done)}, 'w').close()`]);
  return python;
}

function run(command, args) {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit' });
  if (status === 0) return;
  console.log(`${command} ${args.join(' ')} failed${error ? `: ${error.message}` : ''}`);
  process.exit(1);
}
