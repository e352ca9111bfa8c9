/** `rookery follow`: the events of a task, as they happen. */

import { Option } from 'commander';
import { visibleLine } from '../../domain/visible.js';
import { connectWaiting } from '../connect.js';
import type { ExitCode } from '../exit.js';
import { openSession, type VerbOptions, type VerbSpec } from '../session.js';
import { WAIT_OPTIONS } from '../task-options.js';
import { lastLineOfWait } from '../wait-help.js';
import { watch } from '../watch.js';

export const spec: VerbSpec = {
  words: '<id>',
  help: 'Prints the events of a task as they happen, from its start. Ctrl-C detaches; the task continues.',
  options: [new Option('--since <cursor>', 'only events after this one'), ...WAIT_OPTIONS],
  examples: ['rookery follow 3f2a91c4', 'rookery follow 3f2a91c4 --json --timeout 5m'],
  run,
};

async function run([given = '']: string[], options: VerbOptions): Promise<ExitCode> {
  const session = await openSession(options);
  const { out } = session;
  const manager = await connectWaiting(session);
  const id = await manager.resolveId(given);
  return watch(session, manager, {
    id,
    ...(typeof options.since === 'string' ? { since: options.since } : {}),
    timeout: options.timeout,
    keepWaiting: options.keepWaiting,
    lines: 'line',
    onEnd(status, isShown) {
      if (out.json) return;
      const last = status.status === 'Running' ? lastLineOfWait(status, isShown) : status.status.toLowerCase();
      if (last !== undefined) out.line(last);
      if (status.result !== null) out.line(status.result);
      if (status.error !== null) out.line(visibleLine(status.error));
    },
  });
}
