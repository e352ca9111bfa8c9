/**
 * `npm run test:package`: packs the package, installs it into empty projects and runs it there, on the Temporal server of the
 * tests. `--long` adds Node 20.19, 22 and 24, and a Python client. It needs npm's registry, or what npm has in its cache.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const test = fileURLToPath(new URL('test.mjs', import.meta.url));
const { status } = spawnSync(process.execPath, [test, ...process.argv.slice(2)], {
  stdio: 'inherit',
  env: { ...process.env, PACKAGE: '1' },
});
process.exitCode = status ?? 1;
