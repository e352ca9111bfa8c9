/** Ends a background command of this task. A second call of it changes nothing more. */
import { z } from 'zod';
import { stateOfCommand } from '../files/background-records.js';
import type { BackgroundCommands } from './background/commands.js';
import { findCommand, HANDLE } from './background/find-command.js';
import { failed, ok } from './outcome.js';
import { defineTool, type Tool, type ToolContext, type ToolOutcome } from './tool.js';

const input = z.strictObject({ handle: HANDLE });

type Args = z.infer<typeof input>;

export function createShellKill(background: BackgroundCommands): Tool<Args> {
  return defineTool({
    name: 'shell_kill',
    description:
      'Ends a background command (shell with background: true) and all its processes: SIGTERM, after a second SIGKILL. ' +
      'What it has printed can still be read with shell_output.',
    input,
    // It touches nothing but what the task itself has started.
    effect: 'read',
    placement: 'activity',
    run: (args, context) => run(args, context, background),
    summary: ({ handle }) => handle,
  });
}

// ---

async function run({ handle }: Args, { task }: ToolContext, background: BackgroundCommands): Promise<ToolOutcome> {
  const found = findCommand(background.records, { task, handle });
  if (typeof found === 'string') return failed(found);
  if (stateOfCommand(found) === 'ended') return ok(`${handle} had ended before.`);
  const hasEnded = await background.kill(task, found.call);
  return hasEnded ? ok(`${handle} was ended.`) : failed(`${handle} could not be ended: some of its processes live.`);
}
