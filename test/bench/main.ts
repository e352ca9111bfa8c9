/**
 * `npm run bench`: what Rookery costs beside bare Temporal and the official style, measured in one run on one machine.
 * Prints a table for each part, writes the same as JSON. `--rounds N` (default 3), `--only NAME,…`, `--out FILE` (bench.json).
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { bundleWorkflowCode, DefaultLogger, Runtime } from '@temporalio/worker';
import { adapter } from './adapter.js';
import { anatomy } from './anatomy.js';
import { cancel } from './cancel.js';
import { startModel } from './children.js';
import { endless } from './endless.js';
import type { Section } from './figures.js';
import { history } from './history.js';
import { machine, type Quiet, quiet } from './machine.js';
import { memory } from './memory.js';
import { mirror } from './mirror.js';
import { promptCache } from './prompt-cache.js';
import { recovery } from './recovery.js';
import { report, tableOf } from './report.js';
import type { Common } from './stage.js';
import { startup } from './startup.js';
import { steps } from './steps.js';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    only: { type: 'string' },
    out: { type: 'string', default: 'bench.json' },
  },
});
const rounds = Number(values.rounds);
const parts = {
  adapter,
  anatomy,
  steps,
  history,
  recovery,
  cancel,
  memory,
  mirror,
  startup,
  endless,
  cache: promptCache,
};
const wanted = values.only?.split(',') ?? Object.keys(parts);
const unknown = wanted.find((name) => !(name in parts));
if (unknown !== undefined || !(rounds >= 1)) {
  console.error(
    `${unknown === undefined ? `--rounds ${values.rounds}` : `'${unknown}'`} is not known. Parts: ${Object.keys(parts).join(', ')}.`,
  );
  process.exit(2);
}

Runtime.install({ logger: new DefaultLogger('ERROR') });
const scratch = await mkdtemp(join(tmpdir(), 'rookery-bench-'));
const model = await startModel();
const run = { date: new Date().toISOString(), rounds, machine: machine(), parts: [] as Part[] };
try {
  const common: Common = {
    rounds,
    scratch,
    modelUrl: model.url,
    bundle: await peersBundle(),
    announce: (line) => console.error(line),
  };
  for (const name of wanted as (keyof typeof parts)[]) {
    const before = quiet();
    const sections = await parts[name](common);
    run.parts.push({ name, before, after: quiet(), sections });
    for (const line of tableOf(sections)) console.log(line);
    // After each: the whole takes the better part of an hour, and what is measured is measured.
    await report(values.out, run);
  }
} finally {
  await model.close();
  await rm(scratch, { recursive: true, force: true, maxRetries: 3 });
}
process.exit(0);

// ---

interface Part {
  readonly name: string;
  readonly before: Quiet;
  readonly after: Quiet;
  readonly sections: readonly Section[];
}

async function peersBundle(): Promise<string> {
  const path = join(scratch, 'peers.js');
  const { code } = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('./peers/workflows.js', import.meta.url)),
    logger: new DefaultLogger('ERROR'),
  });
  await writeFile(path, code);
  return path;
}
