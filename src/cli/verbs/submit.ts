/** `rookery submit`: submits a task and prints its id. */

import { connectManager } from '../connect.js';
import { EXIT, type ExitCode } from '../exit.js';
import { reportMissingSandbox } from '../first-use.js';
import { checkBeforeStart } from '../model-check.js';
import { openManager, openSession, type VerbOptions, type VerbSpec } from '../session.js';
import { noteTaskAtHand } from '../task-at-hand.js';
import { readPrompt, reportAllowed, taskSettings } from '../task-input.js';
import {
  CHECK_OPTION,
  MCP_OPTION,
  NAMING_OPTIONS,
  TASK_OPTIONS,
  TOOLS_OPTION,
  WORKTREE_OPTION,
} from '../task-options.js';
import { checkWorkspace } from '../workspace-check.js';
import { reportOccupant, worktreeOf } from '../worktree.js';

export const spec: VerbSpec = {
  words: '[prompt...]',
  help: 'Submits a task and prints its id. The task runs in the background.',
  options: [...TASK_OPTIONS, ...NAMING_OPTIONS, TOOLS_OPTION, MCP_OPTION, CHECK_OPTION, WORKTREE_OPTION],
  examples: ['rookery submit --workspace ~/project --file prompt.md', 'git diff | rookery submit -'],
  run,
};

async function run(words: string[], options: VerbOptions): Promise<ExitCode> {
  const prompt = await readPrompt(words, options);
  const session = await openSession(options);
  const { out } = session;
  checkWorkspace(session);
  const task = { prompt, ...(await taskSettings(session)), ...(await worktreeOf(session)) };
  await checkBeforeStart(session, task);
  await reportAllowed(session);
  await reportMissingSandbox(session);
  const manager = await connectManager(session, task.provider).then(
    (reached) => reached.manager,
    async (error) => {
      // Without a server the task is still written; the message says how to start it.
      const offline = await openManager(session, undefined, { local: true });
      const { id } = await offline.submit(task, { start: false });
      out.info(`Task ${id} is written but not started; start it with: rookery resume ${id}`);
      throw error;
    },
  );
  await reportOccupant(session, manager, task);
  const submitted = await manager.submit(task);
  noteTaskAtHand(submitted.id);
  if (out.json) out.value(submitted);
  else out.line(submitted.id);
  return EXIT.done;
}
