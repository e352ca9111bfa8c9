/**
 * `npm run bench`: what Rookery costs beside bare Temporal and the official style, measured in one run on one machine.
 * Prints a table for each part, writes the same as JSON. `--rounds N` (default 3), `--only NAME,…`, `--out FILE` (bench.json);
 * `--half`: what depends on the machine's speed at half of it too; `--peers`: systems outside Temporal with the same work.
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
import { commands } from './commands.js';
import { endless } from './endless.js';
import type { Section } from './figures.js';
import { HALF, speeds } from './half.js';
import { history } from './history.js';
import { machine, type Quiet, quiet, SPEED_UNIT, type Speed } from './machine.js';
import { memory } from './memory.js';
import { mirror } from './mirror.js';
import { offeredTools } from './peers/offered-tools.js';
import { peers } from './peers.js';
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
    half: { type: 'boolean', default: false },
    peers: { type: 'boolean', default: false },
  },
});
const rounds = Number(values.rounds);
const ours = {
  adapter,
  anatomy,
  steps,
  history,
  recovery,
  cancel,
  memory,
  mirror,
  startup,
  commands,
  endless,
  cache: promptCache,
};
const parts = { ...ours, peers };
const chosen = values.only?.split(',') ?? Object.keys(ours);
const wanted = [...new Set(values.peers ? [...chosen, 'peers'] : chosen)];
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
const speed = await speeds();
const run = { date: new Date().toISOString(), rounds, machine: { ...machine(), speed }, parts: [] as Part[] };
console.log(`The machine: ${said(speed.full)}; at half speed (${HALF}): ${said(speed.half)}.`);
try {
  const common: Common = {
    rounds,
    scratch,
    modelUrl: model.url,
    modelPid: model.pid,
    tools: await offeredTools(),
    half: values.half,
    bundle: await peersBundle(),
    announce: (line) => console.error(line),
  };
  for (const name of wanted as (keyof typeof parts)[]) {
    const before = quiet();
    const begun = performance.now();
    const sections = await parts[name](common);
    const after = quiet();
    const seconds = Math.round((performance.now() - begun) / 1_000);
    run.parts.push({ name, seconds, before, after, sections });
    for (const line of tableOf(sections)) console.log(line);
    console.log(
      `\nThe machine before: ${said(before)}, a load of ${before.load.toFixed(1)}; after: ${said(after)}. ${name} took ${seconds} s.`,
    );
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
  readonly seconds: number;
  readonly before: Quiet;
  readonly after: Quiet;
  readonly sections: readonly Section[];
}

function said({ speed: one, share: part }: Speed): string {
  return `${one.toFixed(0)} ${SPEED_UNIT}, ${(part * 100).toFixed(0)} % of the time for a process that never waits`;
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
