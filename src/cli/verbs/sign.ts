/** `rookery sign`: a signed workflow input for clients that cannot sign. It is valid for one workflow id, or one schedule. */

import { randomUUID } from 'node:crypto';
import { Option } from 'commander';
import { RookeryError } from '../../domain/errors.js';
import { EXIT, type ExitCode } from '../exit.js';
import { openManager, openSession, type VerbOptions, type VerbSpec } from '../session.js';
import { readPrompt, taskSettings } from '../task-input.js';
import { NAMING_OPTIONS, TASK_OPTIONS, WORKTREE_OPTION } from '../task-options.js';
import { runningWorker } from '../worker-process.js';
import { worktreeOf } from '../worktree.js';

export const spec: VerbSpec = {
  words: '[prompt...]',
  help: 'Prints a signed workflow input as JSON. It is valid for one workflow id, or for those that a schedule starts.',
  options: [
    new Option('--id <id>', 'workflow id for which it is signed (default: a new UUID)'),
    new Option('--schedule <id>', "workflow id in a schedule's action; the server adds the time to it").conflicts('id'),
    ...TASK_OPTIONS,
    ...NAMING_OPTIONS,
    WORKTREE_OPTION,
  ],
  examples: ['rookery sign --id 0d444ea0-701a-43fa-97b0-1c016a4ba96a "Summarize the README"'],
  run,
};

async function run(words: string[], options: VerbOptions): Promise<ExitCode> {
  const prompt = await readPrompt(words, options);
  const session = await openSession(options);
  const { schedule, id = randomUUID() } = options as { readonly schedule?: string; readonly id?: string };
  if (schedule !== undefined && options.worktree === true) throw ofOneCommit();
  const manager = await openManager(session, undefined, { local: (await runningWorker(session.paths)) !== undefined });
  const task = { prompt, ...(await taskSettings(session)), ...(await worktreeOf(session)) };
  const input = await (schedule === undefined ? manager.sign(id, task) : manager.signSchedule(schedule, task));
  session.out.info(
    `${schedule === undefined ? 'Start' : 'Schedule'} workflow type backgroundTask on queue rookery with workflow id ${schedule ?? id}; the signature is valid only for it.`,
  );
  session.out.value(input);
  return EXIT.done;
}

// ---

/** A signed input names the commit, and all tasks of a schedule have one. */
function ofOneCommit(): RookeryError {
  return new RookeryError(
    'usage',
    'A schedule cannot have --worktree: each of its tasks would start from the commit of today',
    {
      hint: 'Leave out --worktree, or sign an input with --id for each task',
    },
  );
}
