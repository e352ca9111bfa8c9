/** `rookery list`: every task, newest first. */
import { RookeryError } from '../../domain/errors.js';
import { STATUSES, type Status } from '../../domain/task.js';
import { EXIT } from '../exit.js';
import { reachForReading } from '../reach.js';
import { tableOf } from '../render.js';
import { openSession } from '../session.js';
import type { Verb } from '../verb.js';

export const verb: Verb = async (_words, options) => {
  const wanted = statusNamed(options.status);
  const session = openSession(options);
  const { out } = session;
  const { manager } = await reachForReading(session);
  const { tasks, errors } = await manager.list();
  const shown = tasks.filter(({ status }) => wanted === undefined || status === wanted);
  for (const { file, reason } of errors) out.tell(`${file} is left out: ${reason}`);
  if (out.json) out.value({ tasks: shown, errors });
  else for (const line of tableOf(shown)) out.line(line);
  return EXIT.done;
};

function statusNamed(text: unknown): Status | undefined {
  if (typeof text !== 'string') return undefined;
  const status = STATUSES.find((name) => name.toLowerCase() === text.toLowerCase());
  if (status) return status;
  throw new RookeryError('usage', `There is no status '${text}'`, {
    hint: `Statuses: ${STATUSES.join(', ').toLowerCase()}`,
  });
}
