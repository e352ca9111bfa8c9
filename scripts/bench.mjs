/** `npm run bench`: compiles the product and the benchmark to one directory, and runs it there. Arguments go to it. */
import { execFileSync, spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);
execFileSync(process.execPath, ['scripts/build.mjs'], { stdio: 'inherit' });
rmSync('dist-bench', { recursive: true, force: true });
const tsc = ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.bench.json', '--outDir', 'dist-bench'];
execFileSync(process.execPath, tsc, { stdio: 'inherit' });
// The benchmark's worker looks for the bundle where the product's does: beside its own code.
execFileSync('cp', ['dist/workflow-bundle.js', 'dist-bench/workflow-bundle.js']);
const { status } = spawnSync(process.execPath, ['dist-bench/test/bench/main.js', ...process.argv.slice(2)], {
  stdio: 'inherit',
});
process.exit(status ?? 1);
