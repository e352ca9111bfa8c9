/**
 * `npm run bench`: what Rookery costs beside bare Temporal and the official style, measured in one run on one machine.
 * Prints a table, writes the same as JSON. `--rounds N` (default 3), `--only NAME,…`.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { bundleWorkflowCode, DefaultLogger, Runtime } from '@temporalio/worker';
import { startModel } from './children.js';
import { endless } from './endless.js';
import type { Section } from './figures.js';
import { history } from './history.js';
import { machine, quiet } from './machine.js';
import { memory } from './memory.js';
import { mirror } from './mirror.js';
import { recovery } from './recovery.js';
import { report, tableOf } from './report.js';
import { startup } from './startup.js';
import { steps } from './steps.js';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '3' }, only: { type: 'string' }, out: { type: 'string' } },
});
const rounds = Number(values.rounds);
const announce = (line: string): void => console.error(line);

Runtime.install({ logger: new DefaultLogger('ERROR') });
const scratch = await mkdtemp(join(tmpdir(), 'rookery-bench-'));
const model = await startModel();
const before = quiet();
try {
  const bundle = join(scratch, 'peers.js');
  const { code } = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('./peers/workflows.js', import.meta.url)),
    logger: new DefaultLogger('ERROR'),
  });
  await writeFile(bundle, code);
  const common = { rounds, scratch, modelUrl: model.url, bundle, announce };
  const parts: Readonly<Record<string, () => Promise<Section[]>>> = {
    steps: () => steps(common),
    history: () => history(common),
    recovery: () => recovery(common),
    memory: () => memory(common),
    mirror: () => mirror(common),
    startup: () => startup(common),
    endless: () => endless(common),
  };
  const wanted = values.only?.split(',') ?? Object.keys(parts);
  const sections: Section[] = [];
  for (const name of wanted) sections.push(...((await parts[name]?.()) ?? []));
  const run = { date: new Date().toISOString(), rounds, machine: machine(), before, after: quiet(), sections };
  for (const line of tableOf(run.sections)) console.log(line);
  await report(values.out ?? 'bench.json', run);
} finally {
  await model.close();
  await rm(scratch, { recursive: true, force: true, maxRetries: 3 });
}
process.exit(0);
