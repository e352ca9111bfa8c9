/** `rookery wait`: waits for the end of tasks. */

import { connectWaiting } from '../connect.js';
import { detachOn, reportDetached } from '../detach.js';
import type { ExitCode } from '../exit.js';
import { forEachId, printResults } from '../results.js';
import { openSession, type VerbOptions, type VerbSpec } from '../session.js';
import { WAIT_OPTIONS } from '../task-options.js';

export const spec: VerbSpec = {
  words: '<ids...>',
  help: 'Waits until each task has ended or waits for a person. The exit code reports the results.',
  options: WAIT_OPTIONS,
  examples: ['rookery wait 3f2a91c4 77b01e5d --timeout 1h'],
  run,
};

async function run(ids: string[], options: VerbOptions): Promise<ExitCode> {
  const session = await openSession(options);
  const detach = detachOn(options.timeout);
  try {
    const manager = await connectWaiting(session);
    const keepWaiting = options.keepWaiting === true;
    const results = await forEachId(manager, ids, (id) => manager.wait(id, { signal: detach.signal, keepWaiting }));
    const code = detach.code();
    if (code === undefined) return printResults(session.out, results);
    reportDetached(session.out, code, ids);
    return code;
  } finally {
    detach.release();
  }
}
