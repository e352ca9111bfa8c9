/** `rookery cancel`: returns when the tasks are cancelled and their tools have ended. */

import { connectManager } from '../connect.js';
import { detachOn } from '../detach.js';
import type { ExitCode } from '../exit.js';
import { forEachId, printResults } from '../results.js';
import { openSession, type VerbOptions, type VerbSpec } from '../session.js';
import { TIMEOUT_OPTION } from '../task-options.js';

export const spec: VerbSpec = {
  words: '<ids...>',
  help: 'Cancels tasks. Returns when they are cancelled and their running tools have ended.',
  options: [TIMEOUT_OPTION],
  examples: ['rookery cancel 3f2a91c4'],
  run,
};

async function run(ids: string[], options: VerbOptions): Promise<ExitCode> {
  const session = await openSession(options);
  const detach = detachOn(options.timeout);
  try {
    const { manager } = await connectManager(session);
    const results = await forEachId(manager, ids, (id) => manager.cancel(id, detach.signal));
    const code = detach.code();
    if (code === undefined) return printResults(session.out, results);
    session.out.info('Detached; cancellation is still in progress.');
    return code;
  } finally {
    detach.release();
  }
}
