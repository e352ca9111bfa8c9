/** `rookery rerun`: a new task with the input of another one. */

import type { TaskFile } from '../../domain/wire.js';
import { adopterSettings } from '../adopter-settings.js';
import { connectManager } from '../connect.js';
import { EXIT, type ExitCode } from '../exit.js';
import { OVERRIDE_OPTIONS, overridesOf } from '../overrides.js';
import { openSession, type VerbOptions, type VerbSpec } from '../session.js';
import { reportAllowed } from '../task-input.js';
import { reportOccupantOfNext } from '../worktree.js';

export const spec: VerbSpec = {
  words: '<id>',
  help: 'Submits the input of a task again, with what the flags change, and prints the id of the new task.',
  options: OVERRIDE_OPTIONS,
  examples: ['rookery rerun 3f2a91c4', 'rookery rerun 3f2a91c4 --model gpt-5.2'],
  run,
};

async function run([given = '']: string[], options: VerbOptions): Promise<ExitCode> {
  const session = await openSession(options);
  const { out } = session;
  const overrides = await overridesOf(session);
  await reportAllowed(session);
  const { manager } = await connectManager(session, overrides.provider);
  const adopt = (file: TaskFile) => adopterSettings(session, file);
  const id = await manager.resolveId(given);
  await reportOccupantOfNext(session, manager, { id, workspace: overrides.workspace });
  const started = await manager.rerun(id, { overrides, adopt });
  if (out.json) out.value(started);
  else out.line(started.id);
  return EXIT.done;
}
