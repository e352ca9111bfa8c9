/** `rookery follow`: the events of a task, as they come. */
import { visibleLine } from '../../domain/visible.js';
import { connectManager } from '../connect.js';
import { openSession, type Verb } from '../session.js';
import { watch } from '../watch.js';

export const verb: Verb = async ([given = ''], options) => {
  const session = await openSession(options);
  const { out } = session;
  const { manager } = await connectManager(session);
  const id = await manager.resolveId(given);
  return watch(session, manager, {
    id,
    ...(typeof options.since === 'string' ? { since: options.since } : {}),
    timeout: options.timeout,
    keepWaiting: options.keepWaiting,
    lines: 'line',
    onEnd(status) {
      if (out.json) return;
      out.line(
        status.status === 'Running' ? visibleLine(`waiting: ${status.detail.reason}`) : status.status.toLowerCase(),
      );
      if (status.result !== null) out.line(status.result);
      if (status.error !== null) out.line(visibleLine(status.error));
    },
  });
};
