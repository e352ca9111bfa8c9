/**
 * Compiles to dist/ and bundles the workflow, so that a worker starts in half a second instead of three. A build that
 * fails leaves the one before in place.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const fresh = `${root}dist.new`;
rmSync(fresh, { recursive: true, force: true });
const tsc = [`${root}node_modules/typescript/bin/tsc`, '-p', `${root}tsconfig.build.json`, '--outDir', fresh];
try {
  execFileSync(process.execPath, tsc, { stdio: 'inherit' });
} catch {
  // The compiler has said what is wrong.
  process.exit(1);
}
const { bundleWorkflowCode, DefaultLogger, Runtime } = await import('@temporalio/worker');
Runtime.install({ logger: new DefaultLogger('ERROR') });
// Pure functions: loaded once for all workflows of a worker, not again for each of them.
const domain = readdirSync(`${fresh}/workflows`)
  .filter((name) => name.endsWith('.js'))
  .flatMap(
    (name) => readFileSync(`${fresh}/workflows/${name}`, 'utf8').match(/(?<=from '\.\.\/)src\/domain\/[^']+/g) ?? [],
  );
const { code } = await bundleWorkflowCode({
  workflowsPath: `${fresh}/workflows/index.js`,
  preloadModules: domain.map((path) => `${fresh}/${path}`),
  // Webpack would leave out what is only loaded.
  webpackConfigHook: (config) => ({ ...config, optimization: { ...config.optimization, sideEffects: false } }),
  logger: new DefaultLogger('ERROR'),
});
writeFileSync(`${fresh}/workflow-bundle.js`, code);
chmodSync(`${fresh}/src/cli/main.js`, 0o755);
rmSync(`${root}dist`, { recursive: true, force: true });
renameSync(fresh, `${root}dist`);
