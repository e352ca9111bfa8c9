/** The layout of a work directory. Pure. Our names next to those of tasks contain a `~`, which no name of a task can. */
import { join } from 'node:path';
import { fileNameOf } from '../domain/task-id.js';

export interface Paths {
  readonly workdir: string;
  readonly tasks: string;
  readonly checkpoints: string;
  /** What must not be inside the JSON files: order of writes, signed inputs, locks. */
  readonly side: string;
  readonly claims: string;
  /** The homes of tasks whose commands run in the sandbox. */
  readonly homes: string;
  readonly logs: string;
  readonly signingKey: string;
  readonly audit: string;
  readonly auditKey: string;
  /** The number of entries in the audit log. */
  readonly auditHead: string;
  task(id: string): string;
  checkpoint(id: string): string;
  /** The signed input of a submission, until its workflow has started. */
  input(id: string): string;
  order(id: string): string;
  lock(id: string): string;
  /** Which runs of a signed start were admitted on this host. */
  admitted(id: string): string;
  /** What the shipping of the task's workspace needs on this host. */
  shipped(id: string): string;
  /** The recipient of an exported task. */
  handed(id: string): string;
  /** What a task has seen of each file of its workspace. */
  seen(id: string): string;
  /** Task tokens of running activities. */
  readonly running: string;
  /** Rules that "always" created. */
  readonly policy: string;
  /** The cached summaries of task files, for lists. */
  readonly heads: string;
  /** The cached runs that are closed, for lists. */
  readonly closedRuns: string;
  /** Models that their provider has confirmed. */
  readonly models: string;
  readonly hostId: string;
  readonly workerState: string;
  readonly upLock: string;
  /** Written to see whether the work directory can be written. */
  readonly probe: string;
}

export function pathsOf(workdir: string): Paths {
  const tasks = join(workdir, 'tasks');
  const checkpoints = join(tasks, 'checkpoints');
  const side = join(workdir, '.rookery');
  return {
    workdir,
    tasks,
    checkpoints,
    side,
    claims: join(workdir, 'claims'),
    homes: join(workdir, 'homes'),
    logs: join(workdir, 'logs'),
    signingKey: join(workdir, 'signing.key'),
    audit: join(workdir, 'audit.jsonl'),
    auditKey: join(workdir, 'audit.key'),
    auditHead: join(side, '~audit-head'),
    task: (id) => `${tasks}/${fileNameOf(id)}.json`,
    checkpoint: (id) => join(checkpoints, `${fileNameOf(id)}.json`),
    input: (id) => join(side, fileNameOf(id)),
    order: (id) => `${side}/${fileNameOf(id)}~order`,
    lock: (id) => join(side, `${fileNameOf(id)}~lock`),
    admitted: (id) => join(side, `${fileNameOf(id)}~admitted`),
    shipped: (id) => join(side, `${fileNameOf(id)}~shipped`),
    handed: (id) => join(side, `${fileNameOf(id)}~handed`),
    seen: (id) => join(side, `${fileNameOf(id)}~seen`),
    running: join(side, '~running'),
    policy: join(workdir, 'policy.json'),
    heads: join(side, '~heads'),
    closedRuns: join(side, '~closed'),
    models: join(side, '~models'),
    hostId: join(side, '~host'),
    workerState: join(side, '~worker'),
    upLock: join(side, '~up'),
    probe: join(side, '~probe'),
  };
}
