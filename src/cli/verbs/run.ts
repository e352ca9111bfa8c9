/** `rookery run`: submits a task, follows it and prints the answer. */

import { canPrompt } from '../approval-prompt.js';
import { connectManager } from '../connect.js';
import { EXIT, type ExitCode } from '../exit.js';
import { reportMissingSandbox } from '../first-use.js';
import { checkBeforeStart } from '../model-check.js';
import { onLimit } from '../on-limit.js';
import { openSession, type VerbOptions, type VerbSpec } from '../session.js';
import { readPrompt, reportAllowed, taskSettings } from '../task-input.js';
import {
  CHECK_OPTION,
  MCP_OPTION,
  NAMING_OPTIONS,
  TASK_OPTIONS,
  TOOLS_OPTION,
  WAIT_OPTIONS,
  WORKTREE_OPTION,
} from '../task-options.js';
import { lastLineOfWait } from '../wait-help.js';
import { watch } from '../watch.js';
import { taskUrl } from '../web-ui.js';
import { checkWorkspace } from '../workspace-check.js';
import { reportOccupant, worktreeOf } from '../worktree.js';

export const spec: VerbSpec = {
  words: '[prompt...]',
  help: 'Submits a task, follows it and prints the answer. Ctrl-C detaches; the task continues in the background.',
  options: [
    ...TASK_OPTIONS,
    ...NAMING_OPTIONS,
    TOOLS_OPTION,
    MCP_OPTION,
    CHECK_OPTION,
    WORKTREE_OPTION,
    ...WAIT_OPTIONS,
  ],
  examples: ['rookery run "What is in this folder?"', 'rookery run --allow shell --max-time 10m "Make the tests pass"'],
  run,
};

async function run(words: string[], options: VerbOptions): Promise<ExitCode> {
  const prompt = await readPrompt(words, options);
  const session = await openSession(options);
  const { out } = session;
  checkWorkspace(session);
  const task = {
    ...{ prompt, ...(await taskSettings(session)), ...onLimit(session, canPrompt(session)) },
    ...(await worktreeOf(session)),
  };
  await checkBeforeStart(session, task);
  const { manager, uiUrl, namespace } = await connectManager(session, task.provider);
  await reportAllowed(session);
  await reportMissingSandbox(session);
  if (task.provider === 'demo') {
    const found = session.settings.provider.origin === 'default' ? 'No API key and no Ollama found. ' : '';
    out.info(`${found}Using the built-in demo model: it is not an AI, but its tool calls are real.`);
  }
  await reportOccupant(session, manager, task);
  const { id, file, workflow } = await manager.submit(task);
  out.info(`Task ${id}`);
  const where = [
    `file:   ${file}`,
    ...(uiUrl ? [`web ui: ${taskUrl({ uiUrl, namespace }, id, workflow?.run_id)}`] : []),
  ];
  for (const line of where) out.info(line);
  const code = await watch(session, manager, {
    id,
    timeout: options.timeout,
    keepWaiting: options.keepWaiting,
    lines: 'info',
    onEnd(status, isShown) {
      if (status.result !== null && !out.json) out.line(status.result);
      if (status.error !== null) out.info(`The task failed: ${status.error}`);
      if (status.status === 'Cancelled') out.info('The task was cancelled.');
      if (status.status === 'Running') {
        const wait = lastLineOfWait(status, isShown);
        if (wait !== undefined) out.info(wait);
      }
    },
  });
  if (code === EXIT.done) for (const line of where) out.info(line);
  // After a detach, the way back was just printed.
  const left = code === EXIT.timeout || code === EXIT.detached;
  if (session.temporal.kind === 'embedded' && !left)
    out.info('Server and worker keep running in the background; stop them with: rookery down');
  return code;
}
