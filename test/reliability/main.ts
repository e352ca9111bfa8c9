/**
 * The long run of the embedded server under faults: kills, full disks, a writer killed at each system call, thousands of
 * tasks. It goes batch by batch and can be stopped at any time: the next run with the same file leaves out what is done.
 * Variables: SEED (1), MANY (5000 tasks). Options: `--only kills,disks,syscalls,many` (of the kills also
 * `calls`, `approvals` or `new-runs` alone; `none`: only the table), `--minutes N` ends after the batch that passes them,
 * `--out FILE` (reliability.jsonl), `--step K` kills at every k-th system call (1), `--publish` puts the table into
 * docs/reliability.md. Exits with 1 when anything happened that must not.
 */
import { parseArgs } from 'node:util';
import { publish } from '../support/publish.js';
import { quiet } from '../support/quiet.js';
import { chance } from '../support/random.js';
import { DISK_BATCHES, diskBatch } from './disk-full.js';
import { type Line, openJournal } from './journal.js';
import { type BatchPlan, KILL_BATCHES, type KillKind, killBatch } from './kills.js';
import { manyTasks } from './many.js';
import { tableOf } from './report.js';
import { killAtSyscalls } from './syscalls.js';
import { FORBIDDEN } from './verdict.js';

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: 'kills,disks,syscalls,many' },
    minutes: { type: 'string', default: 'Infinity' },
    out: { type: 'string', default: 'reliability.jsonl' },
    step: { type: 'string', default: '1' },
    publish: { type: 'boolean', default: false },
  },
});
const seed = Number(process.env.SEED ?? '1');
const wanted = new Set(values.only.split(','));
const begun = Date.now();
const announce = (line: string): void =>
  console.error(`${String(Math.round((Date.now() - begun) / 1_000)).padStart(5)} s  ${line}`);
const journal = openJournal(values.out);
const broken: string[] = [];
quiet();
for (const plan of killPlans()) {
  if (wanted.has('kills') || wanted.has(plan.kind)) await inTime(plan.name, () => killBatch(plan));
}
if (wanted.has('disks')) {
  for (let n = 0; n < DISK_BATCHES; n++) {
    const name = `disks-${n}`;
    await inTime(name, () => diskBatch(name, seed * 1_000 + 500 + n, n % 3 === 2));
  }
}
if (wanted.has('syscalls') && isTimeLeft() && !journal.lines.some(({ type }) => type === 'syscalls')) {
  const found = killAtSyscalls(Number(values.step), announce);
  if (found) journal.append([found]);
  else console.log('skipped: system calls (strace is missing, or may not trace)');
}
if (wanted.has('many')) {
  const count = Number(process.env.MANY ?? '5000');
  await inTime('many-0', () => manyTasks({ name: 'many-0', seed: seed * 1_000 + 900, count, announce }));
}
const table = tableOf(journal.lines, seed);
for (const line of table) console.log(line);
if (values.publish) publish('docs/reliability.md', 'figures', table);
if (broken.length > 0) console.log(`Could not be run: ${broken.join(', ')}`);
process.exit(broken.length > 0 || journal.lines.some(isFaulty) ? 1 : 0);

// ---

function isTimeLeft(): boolean {
  return Date.now() - begun < Number(values.minutes) * 60_000;
}

/** In an order that mixes the kinds, so that a part of the run has some of each. */
function killPlans(): BatchPlan[] {
  const kinds = Object.entries(KILL_BATCHES) as [KillKind, number][];
  const plans = kinds.flatMap(([kind, count]) => Array.from({ length: count }, (_, n) => ({ kind, n })));
  const order = chance(seed).shuffle(plans);
  return order.map(({ kind, n }, at) => ({ name: `${kind}-${n}`, kind, seed: seed * 1_000 + at }));
}

async function inTime(name: string, work: () => Promise<Line[] | undefined>): Promise<void> {
  if (journal.has(name) || !isTimeLeft()) return;
  announce(`${name} begins`);
  const lines = await work().catch((error: unknown) => {
    // The others can still be run; this one is, when the program is started again.
    announce(`${name} could not be run: ${error instanceof Error ? error.stack : error}`);
    broken.push(name);
    return [] as Line[];
  });
  if (!lines) return console.log(`skipped: ${name} (no file system may be mounted; try it under unshare -rm)`);
  journal.append(lines);
  const batch = lines.at(-1);
  if (batch?.type === 'batch') announce(`${name}: ${JSON.stringify(batch.verdict)}`);
}

function isFaulty(line: Line): boolean {
  if (line.type === 'batch') return FORBIDDEN.some((fault) => (line.verdict[fault] ?? 0) > 0);
  return line.type === 'syscalls' && line.torn + line.stuck > 0;
}
