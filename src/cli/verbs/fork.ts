/** `rookery fork`: a new task with the conversation of another one, up to one of its iterations. */

import { Option } from 'commander';
import { RookeryError } from '../../domain/errors.js';
import { visibleLine } from '../../domain/visible.js';
import type { TaskFile } from '../../domain/wire.js';
import type { Forked } from '../../manager/fork.js';
import { adopterSettings } from '../adopter-settings.js';
import { connectManager } from '../connect.js';
import { EXIT, type ExitCode } from '../exit.js';
import type { Output } from '../output.js';
import { OVERRIDE_OPTIONS, overridesOf } from '../overrides.js';
import { openSession, type VerbOptions, type VerbSpec } from '../session.js';
import { reportAllowed } from '../task-input.js';
import { reportOccupantOfNext } from '../worktree.js';

export const spec: VerbSpec = {
  words: '<id>',
  help:
    'Starts a new task with the conversation of another one, up to and with iteration N, and prints its id. The other ' +
    'task is not touched; what it did after N stays done, and is listed.',
  options: [
    new Option('--from <n>', 'the last iteration to take over; 0 for none').makeOptionMandatory(),
    new Option('--prompt <text>', 'what to say after it'),
    ...OVERRIDE_OPTIONS,
  ],
  examples: ['rookery fork 3f2a91c4 --from 4', 'rookery fork 3f2a91c4 --from 4 --prompt "Use SQLite instead"'],
  run,
};

async function run([given = '']: string[], options: VerbOptions): Promise<ExitCode> {
  const iteration = iterationOf(String(options.from));
  const prompt = typeof options.prompt === 'string' ? options.prompt : undefined;
  if (prompt?.trim() === '') throw new RookeryError('usage', 'The prompt is empty', { hint: 'Leave --prompt out' });
  const session = await openSession(options);
  const overrides = await overridesOf(session);
  await reportAllowed(session);
  const { manager } = await connectManager(session, overrides.provider);
  const adopt = (file: TaskFile) => adopterSettings(session, file);
  const how = { iteration, overrides, adopt, ...(prompt === undefined ? {} : { prompt }) };
  const id = await manager.resolveId(given);
  await reportOccupantOfNext(session, manager, { id, workspace: overrides.workspace });
  const forked = await manager.fork(id, how);
  if (session.out.json) session.out.value(forked);
  else print(session.out, forked);
  return EXIT.done;
}

function print(out: Output, { id, from, effects, lost }: Forked): void {
  out.line(id);
  if (lost !== null) out.info(`Not taken over: ${lost}.`);
  if (effects.length === 0) return;
  out.info(`What was done after iteration ${from.iteration} stays:`);
  for (const { at, iteration, summary, outcome } of effects) {
    const how = outcome === 'ok' ? '' : ` (${outcome ?? 'not ended yet'})`;
    out.info(visibleLine(`  ${at.slice(0, 19).replace('T', ' ')}  iteration ${iteration}  ${summary}${how}`));
  }
}

function iterationOf(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new RookeryError('usage', `--from must be a whole number, not '${text}'`, {
    hint: 'Give the number of an iteration, as `rookery follow` prints it',
  });
}
