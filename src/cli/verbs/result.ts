/** `rookery result`: the answer of a task, alone. */
import { resolve } from 'node:path';
import { Option } from 'commander';
import { RookeryError } from '../../domain/errors.js';
import { isTerminal } from '../../domain/task.js';
import { visibleLine } from '../../domain/visible.js';
import { writeDurably } from '../../files/atomic-write.js';
import { notedIn, removeNotedLeftovers } from '../../files/temporary-notes.js';
import type { BackgroundTaskManager } from '../../manager/manager.js';
import { waitOutcomeOf } from '../../manager/wait.js';
import { connectManager, connectReader } from '../connect.js';
import { detachOn, reportDetached } from '../detach.js';
import { type ExitCode, exitOfOutcome } from '../exit.js';
import { openSession, type Session, type VerbOptions, type VerbSpec } from '../session.js';
import { noteTaskAtHand } from '../task-at-hand.js';
import { WAIT_OPTIONS } from '../task-options.js';

export const spec: VerbSpec = {
  words: '<id>',
  help: 'Prints the answer of a task alone; waits for its end. The exit code is that of wait.',
  options: [
    new Option('-o, --output <file>', 'write the answer into a file, which must not exist'),
    new Option('--force', 'replace that file'),
    ...WAIT_OPTIONS,
  ],
  examples: ['rookery result 3f2a91c4', 'rookery result 3f2a91c4 -o answer.json --force'],
  run,
};

async function run([given = '']: string[], options: VerbOptions): Promise<ExitCode> {
  const session = await openSession(options);
  const { out } = session;
  const detach = detachOn(options.timeout);
  try {
    const { manager, id } = await ended(session, given, {
      signal: detach.signal,
      keepWaiting: options.keepWaiting === true,
    });
    const code = detach.code();
    if (code !== undefined) {
      reportDetached(out, code, [id]);
      return code;
    }
    noteTaskAtHand(id);
    const answer = await manager.result(id);
    if (answer.result !== null && typeof options.output === 'string') {
      await write(session, resolve(options.output), { text: `${answer.result}\n`, replace: options.force === true });
    }
    const outcome = waitOutcomeOf(await manager.status(id));
    if (out.json) out.value(answer);
    else if (answer.result === null) out.info(visibleLine(`${id}: ${outcome.message ?? outcome.code ?? 'no answer'}`));
    else if (typeof options.output !== 'string') out.line(answer.result);
    return exitOfOutcome(outcome);
  } finally {
    detach.release();
  }
}

// ---

/** A task that has ended needs no server: its file has the answer. */
async function ended(
  session: Session,
  given: string,
  waiting: { readonly signal: AbortSignal; readonly keepWaiting: boolean },
): Promise<{ readonly manager: BackgroundTaskManager; readonly id: string }> {
  const reader = await connectReader(session);
  const id = await reader.manager.resolveId(given);
  if (isTerminal((await reader.manager.status(id)).status)) return { manager: reader.manager, id };
  const { manager } = await connectManager(session);
  await manager.wait(id, waiting).catch((error: unknown) => {
    if (!waiting.signal.aborted) throw error;
  });
  return { manager, id };
}

/** In a directory of the person: what a kill leaves there is noted, and the next command or worker removes it. */
async function write(
  { paths }: Session,
  path: string,
  { text, replace }: { readonly text: string; readonly replace: boolean },
): Promise<void> {
  await removeNotedLeftovers(paths.temporary);
  const noted = notedIn(paths.temporary);
  if (await writeDurably(path, text, { exclusive: !replace, mode: 0o666, noted })) return;
  throw new RookeryError('bad_input', `${path} exists`, { hint: 'Name another file with -o, or add --force' });
}
