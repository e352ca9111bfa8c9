/**
 * What a task has of its person: the last messages with their receipts, whether it is paused, the limit at which it waits,
 * and the limits in force.
 */
import type { InboxAnswer } from '../domain/control.js';
import { RookeryError } from '../domain/errors.js';
import { type ManagerContext, notFound, online } from './context.js';
import { queryInbox } from './control.js';
import { describe } from './describe-workflow.js';

export async function inbox(context: ManagerContext, id: string): Promise<InboxAnswer> {
  const { client } = online(context);
  if (!(await describe(client, id))) throw notFound(id);
  const answer = await queryInbox(client, id);
  if (answer) return answer;
  throw noAnswer(id);
}

export function noAnswer(id: string): RookeryError {
  return new RookeryError('environment', `Task '${id}' cannot report its messages: no worker responds`, {
    hint: 'Run `rookery up -d`',
  });
}
