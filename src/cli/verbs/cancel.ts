/** `rookery cancel`: returns when the tasks are cancelled and their tools are dead. */

import { connectManager } from '../connect.js';
import { leaving } from '../detach.js';
import type { ExitCode } from '../exit.js';
import { each, printResults } from '../results.js';
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
  const left = leaving(options.timeout);
  try {
    const { manager } = await connectManager(session);
    const results = await each(manager, ids, (id) => manager.cancel(id, left.signal));
    const code = left.code();
    if (code === undefined) return printResults(session.out, results);
    session.out.tell('Detached; cancellation is still in progress.');
    return code;
  } finally {
    left.release();
  }
}
