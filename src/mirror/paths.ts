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
  /** The work trees of tasks that have one of their own. */
  readonly worktrees: string;
  /** Repositories of ours with the states of workspaces. */
  readonly snapshots: string;
  /** For each workspace a directory with the names of the tasks that were started in it. */
  readonly occupants: string;
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
  /** Why a task waits, for lists. */
  wait(id: string): string;
  /** That a person has paused the task. */
  paused(id: string): string;
  lock(id: string): string;
  /** Which runs of a signed start were admitted on this host. */
  admitted(id: string): string;
  /** What the shipping of the task's workspace needs on this host. */
  shipped(id: string): string;
  /** The recipient of an exported task. */
  handed(id: string): string;
  /** The tasks that were forked from a task, or run it again, as commands on this host made them. */
  children(id: string): string;
  /** What a task has seen of each file of its workspace. */
  seen(id: string): string;
  /** What a task started from: the files of its workspace. */
  baseline(id: string): string;
  /** The work tree of a task that has one of its own. */
  worktree(id: string): string;
  /** Task tokens of running activities. */
  readonly running: string;
  /** A file with the name of each task that ended from outside, until the notifier has been told. */
  readonly untold: string;
  /** Notices, and who has been told. */
  readonly notices: string;
  /** Rules that "always" created. */
  readonly policy: string;
  /** Fingerprint of the policy by which the waiting calls were judged last. */
  readonly judged: string;
  /** The cached summaries of task files, for lists. */
  readonly heads: string;
  /** The cached runs that are closed, for lists. */
  readonly closedRuns: string;
  /** Models that their provider has confirmed. */
  readonly models: string;
  /** Whether there is a sandbox has been looked at, and said. */
  readonly sandboxNoted: string;
  /** The namespaces of Temporal whose workers have written here. */
  readonly served: string;
  readonly hostId: string;
  readonly workerState: string;
  /** The processes that are to become workers: each notes itself, or is noted, before it can be ready. */
  readonly startingWorkers: string;
  readonly upLock: string;
  /** Notes of temporary things outside of the work directory. */
  readonly temporary: string;
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
    worktrees: join(workdir, 'worktrees'),
    snapshots: join(side, '~snapshots'),
    occupants: join(side, '~workspaces'),
    logs: join(workdir, 'logs'),
    signingKey: join(workdir, 'signing.key'),
    audit: join(workdir, 'audit.jsonl'),
    auditKey: join(workdir, 'audit.key'),
    auditHead: join(side, '~audit-head'),
    task: (id) => `${tasks}/${fileNameOf(id)}.json`,
    checkpoint: (id) => join(checkpoints, `${fileNameOf(id)}.json`),
    input: (id) => join(side, fileNameOf(id)),
    order: (id) => `${side}/${fileNameOf(id)}~order`,
    wait: (id) => `${side}/${fileNameOf(id)}~wait`,
    paused: (id) => `${side}/${fileNameOf(id)}~paused`,
    lock: (id) => join(side, `${fileNameOf(id)}~lock`),
    admitted: (id) => join(side, `${fileNameOf(id)}~admitted`),
    shipped: (id) => join(side, `${fileNameOf(id)}~shipped`),
    handed: (id) => join(side, `${fileNameOf(id)}~handed`),
    children: (id) => join(side, `${fileNameOf(id)}~children`),
    seen: (id) => join(side, `${fileNameOf(id)}~seen`),
    baseline: (id) => join(side, `${fileNameOf(id)}~baseline`),
    worktree: (id) => join(workdir, 'worktrees', fileNameOf(id)),
    running: join(side, '~running'),
    untold: join(side, '~untold'),
    notices: join(side, '~notices'),
    policy: join(workdir, 'policy.json'),
    judged: join(side, '~judged'),
    heads: join(side, '~heads'),
    closedRuns: join(side, '~closed'),
    models: join(side, '~models'),
    sandboxNoted: join(side, '~sandbox'),
    served: join(side, '~served'),
    hostId: join(side, '~host'),
    workerState: join(side, '~worker'),
    startingWorkers: join(side, '~starting'),
    upLock: join(side, '~up'),
    temporary: join(side, '~temporary'),
    probe: join(side, '~probe'),
  };
}
