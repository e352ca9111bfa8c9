/** The table of `docs/reliability.md`, made from the record of the run. */
import { cpus } from 'node:os';
import type { Batch, Episode, Line, SyscallKills } from './journal.js';
import type { Moment } from './moments.js';
import { FORBIDDEN, type Verdict } from './verdict.js';

const WANTED: readonly (readonly [string, Moment, number])[] = [
  ['`kill -9` inside an unsafe tool', 'tool', 200],
  ['`kill -9` between the result of a tool and its write to the files', 'result', 100],
  ['`kill -9` while an approval waits', 'approval', 100],
  ['`kill -9` around continue-as-new', 'continue-as-new', 50],
  ['`kill -9` while the model is asked', 'model', 0],
  ['`kill -9` at a random moment', 'any', 0],
];
const KILLS = 1_000;
const FULL_DISKS = 100;
const MANY = 5_000;

export function tableOf(lines: readonly Line[], seed: number): string[] {
  const batches = lines.filter((line): line is Batch => line.type === 'batch');
  const done = new Set(batches.map(({ batch }) => batch));
  const episodes = lines.filter((line): line is Episode => line.type === 'episode' && done.has(line.batch));
  const disks = episodes.filter(({ victims }) => victims.startsWith('disk'));
  const kills = episodes.filter((episode) => !disks.includes(episode));
  const shared = disks.filter(({ victims }) => victims === 'disk-of-all').length;
  const many = batches
    .filter(({ batch }) => batch.startsWith('many'))
    .reduce((sum, { verdict }) => sum + verdict.tasks, 0);
  const syscalls = lines.findLast((line): line is SyscallKills => line.type === 'syscalls');
  const landed = (moment: Moment): number => kills.filter((kill) => kill.moment === moment && kill.landed).length;
  const missed = kills.filter((kill) => !kill.landed).length;
  const of = (victims: Episode['victims']): number => kills.filter((kill) => kill.victims === victims).length;
  const sum = (name: keyof Verdict): number => batches.reduce((total, { verdict }) => total + (verdict[name] ?? 0), 0);
  const unwatched = (name: keyof Verdict): string => {
    const left = batches.reduce((total, { verdict }) => total + (verdict[name] === null ? verdict.tasks : 0), 0);
    if (left === 0) return '';
    return left === sum('tasks') ? ' (not watched)' : ` (not watched in ${left} tasks)`;
  };
  const counted = (name: keyof Verdict): string =>
    batches.length > 0 && batches.every(({ verdict }) => verdict[name] === null)
      ? '–'
      : `${sum(name) + (name === 'torn' ? (syscalls?.torn ?? 0) : 0)}`;
  const dated = [...batches, ...(syscalls ? [syscalls] : [])];
  const days = [...new Set(dated.map(({ date }) => date.slice(0, 10)))].sort();
  return [
    `${days.join(' to ')}, seed ${seed}, ${cpus().length} processors (${cpus()[0]?.model ?? 'unknown'}), Node ${process.version.slice(1)}.`,
    '',
    '| fault | run | full run |',
    '| --- | --: | --: |',
    `| \`kill -9\` in all (worker ${of('worker')}, server ${of('server')}, both ${of('both')}) | ${kills.length} | ${KILLS} |`,
    ...WANTED.map(([name, moment, count]) => `| ${name} | ${landed(moment)} | ${count === 0 ? '' : `≥ ${count}`} |`),
    ...(missed > 0 ? [`| aimed, and landed a moment later | ${missed} | |`] : []),
    `| the disk of the files full (of these, that of the server too) | ${disks.length} (${shared}) | ${FULL_DISKS} |`,
    `| the writer of the files killed at one of its system calls | ${syscalls?.calls ?? 0} | each in turn |`,
    `| tasks in one directory | ${many} | ${MANY} |`,
    '',
    '| outcome | count |',
    '| --- | --: |',
    `| tasks | ${sum('tasks')} |`,
    `| unsafe calls | ${sum('calls')} |`,
    `| ran once, and the model has the result | ${sum('once')} |`,
    `| "outcome unknown" after a fault inside the call (of these, had their effect) | ${sum('unknown')} (${sum('unknownRan')}) |`,
    ...FORBIDDEN.map((name) => `| ${NAMES[name]}${unwatched(name)} | ${counted(name)} |`),
    `| files that the next worker could not write after a kill | ${syscalls?.stuck ?? 0} |`,
  ];
}

const NAMES: Readonly<Record<(typeof FORBIDDEN)[number], string>> = {
  lost: 'lost: tasks without an end, or with another than the answer after every iteration',
  doubled: 'doubled: calls that had their effect twice',
  missing: 'missing: calls reported as done that had no effect',
  torn: 'torn: files seen in part',
  terminalToRunning: 'files that went from an end back to `Running`',
  filesBehind: 'files that do not show the end',
  askedAgain: 'accepted replies that the model was asked for again',
  stray: 'effects that belong to no accepted call',
};
