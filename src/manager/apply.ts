/**
 * Takes what a task has changed in its own work tree over into the workspace of the person, three-way. All or nothing:
 * with a conflict the workspace stays as it is.
 */
import { RookeryError, sentenceOf } from '../domain/errors.js';
import { isTerminal, type Status } from '../domain/task.js';
import { withLock } from '../files/file-lock.js';
import { isDirectory } from '../files/is-directory.js';
import { type ReadyBaseline, type Step, writeBaseline } from '../git/baseline.js';
import { type Compared, changedFiles } from '../git/changes.js';
import { type Merging, type Planned, planMerge, planRest, takeStep } from '../git/merge.js';
import { baselineOfTask, snapshotsOf, treesOf } from './baseline-of.js';
import type { ManagerContext, VerbOutcome } from './context.js';
import { removeApplied } from './remove-applied.js';
import { status } from './status.js';

export interface ApplyOptions {
  /** Also while the task runs: what it has changed so far. Default: it must have ended. */
  readonly running?: boolean;
}

/**
 * Throws `not_found`, `wrong_status` for a task that runs, has no work tree of its own, or whose changes conflict,
 * `environment` when git fails. Nothing is changed then.
 */
export async function apply(context: ManagerContext, id: string, options: ApplyOptions = {}): Promise<VerbOutcome> {
  const { status: current } = await status(context, id);
  const baseline = await baselineOfTask(context, id);
  const { worktree } = baseline;
  if (!worktree) throw withoutWorktree(id);
  if (!isTerminal(current) && options.running !== true)
    throw new RookeryError('wrong_status', `Task '${id}' is ${current.toLowerCase()} and may change more`, {
      hint: 'Wait until it has ended, or add --running to apply what it has changed so far',
    });
  return withLock(`${context.paths.baseline(id)}~lock`, () => applied(context, { id, baseline, current }), LOCK_MS);
}

export function withoutWorktree(id: string): RookeryError {
  return new RookeryError('wrong_status', `Task '${id}' has no worktree: it works in the workspace itself`, {
    hint: 'Start a task with --worktree to keep its changes apart',
  });
}

// ---

const LOCK_MS = 60_000;

interface Applying {
  readonly id: string;
  readonly baseline: ReadyBaseline;
  readonly current: Status;
}

async function applied(context: ManagerContext, { id, baseline, current }: Applying): Promise<VerbOutcome> {
  const { repository = '' } = baseline.worktree ?? {};
  if (!(await isDirectory(repository)))
    throw new RookeryError('environment', `The workspace ${repository} of task '${id}' does not exist any more`);
  const compared = await treesOf(context, id, baseline);
  const { top: source, from, to, directory } = compared;
  const merging: Merging = { source, from, to, target: { top: repository, directory } };
  const writing: Writing = { context, id, merging, baseline };
  if (baseline.applying) await finish(writing, baseline.applying);
  const plan = await planMerge(snapshotsOf(context), merging).catch(failed(id));
  if (plan.kind !== 'step') throw refusal(id, plan);
  await write(writing, plan, { applied: to });
  const message = await whatWasApplied(compared, plan);
  const left = isTerminal(current) ? await removeApplied(context, id) : undefined;
  return { id, ok: true, status: current, message: left === undefined ? message : `${message}; ${left}` };
}

interface Writing {
  readonly context: ManagerContext;
  readonly id: string;
  readonly merging: Merging;
  readonly baseline: ReadyBaseline;
}

/** The note says what is being done, so that the next `apply` finishes it after a kill. */
async function write(
  { context, id, merging, baseline }: Writing,
  { present, next }: Step,
  noted: Pick<ReadyBaseline, 'applied'>,
): Promise<void> {
  const path = context.paths.baseline(id);
  const { applying: _, ...rest } = baseline;
  if (present !== next) {
    await writeBaseline(path, { ...rest, applying: { present, next } });
    const took = await takeStep(snapshotsOf(context), merging, { present, next }).catch(failed(id));
    if (took.kind === 'undone') {
      await writeBaseline(path, rest);
      failed(id)(took.error);
    }
  }
  await writeBaseline(path, { ...rest, ...noted });
}

async function finish(writing: Writing, step: Step): Promise<void> {
  const { context, id, merging } = writing;
  const rest = await planRest(snapshotsOf(context), merging, step).catch(failed(id));
  if (rest.changed.length === 0) return write(writing, rest, {});
  const { applying: _, ...baseline } = writing.baseline;
  await writeBaseline(context.paths.baseline(id), baseline);
  const message = `An earlier apply of task '${id}' was interrupted, and ${rest.changed.join(', ')} has changed since`;
  throw new RookeryError('wrong_status', message, {
    hint: 'What it had applied stays; look at the changes with git diff, and apply the rest again',
  });
}

async function whatWasApplied(compared: Compared, { present, next }: Step): Promise<string> {
  if (compared.from === compared.to) return 'the task has changed nothing';
  if (present === next) return 'the workspace has its changes already';
  const { length } = await changedFiles(compared);
  return `changes in ${length} ${length === 1 ? 'file' : 'files'} applied`;
}

function failed(id: string): (error: unknown) => never {
  return (error) => {
    throw new RookeryError('environment', `The changes of task '${id}' were not applied: ${sentenceOf(error)}`, {
      cause: error,
    });
  };
}

function refusal(id: string, { kind, paths }: Exclude<Planned, { readonly kind: 'step' }>): RookeryError {
  const more = paths.length > 5 ? ` and ${paths.length - 5} more` : '';
  const where = `${paths.slice(0, 5).join(', ')}${more}; nothing was changed`;
  if (kind === 'in the way')
    return new RookeryError(
      'wrong_status',
      `The changes of task '${id}' would replace files that git ignores: ${where}`,
      {
        hint: 'Move them away and try again',
      },
    );
  return new RookeryError('wrong_status', `The changes of task '${id}' conflict with yours in ${where}`, {
    hint: `Commit or undo what you have changed in them and try again, or merge by hand: rookery diff ${id} | git apply --3way`,
  });
}
