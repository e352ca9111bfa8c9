/**
 * Mirrors record and conversation into the task's files where no other activity does so. Takes no path from its input
 * and decides nothing from a file. Temporal retries a failed write: a mirror never fails a task.
 */
import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { Message } from '../src/domain/conversation.js';
import type { Base, MirrorResult } from '../src/domain/protocol.js';
import { cancelIfEnded } from './external-end.js';
import { withHeartbeat } from './heartbeat.js';
import { openTask } from './open-task.js';
import type { ActivityDeps } from './ports.js';
import type { Shared } from './shared.js';
import { stateOf } from './with-mirror.js';

export function createMirror(deps: ActivityDeps, shared: Shared) {
  return async function mirror(input: Base, ...groups: Message[][]): Promise<MirrorResult> {
    const { info } = Context.current();
    const work = (): Promise<MirrorResult> => write(deps, shared, { input, groups });
    // Inside a workflow task there is nothing to heartbeat, and no token that the server knows.
    return info.isLocal ? work() : withHeartbeat(deps, work);
  };
}

// ---

async function write(
  deps: ActivityDeps,
  shared: Shared,
  { input, groups }: { readonly input: Base; readonly groups: Message[][] },
): Promise<MirrorResult> {
  const { info } = Context.current();
  const opened = await openTask(deps, shared, { input, groups });
  if (opened.kind !== 'opened') return opened;
  const { record } = input;
  if (!record) throw ApplicationFailure.nonRetryable('There is no record to mirror.', 'NoRecord');
  const found = await deps.mirror.write(await stateOf(shared, { ...opened, record }));
  // A cancel would make the workflow task fail that this is part of: the activity finds the end again.
  if (info.isLocal && found?.kind === 'ended' && record.state.kind !== 'cancelled') {
    throw ApplicationFailure.nonRetryable('Ended outside.', 'EndedOutside');
  }
  if (record.state.kind !== 'running' && info.workflowExecution) {
    shared.leave(info.workflowExecution);
    void deps.audit.note({ task: opened.task.id, type: 'agent_finish', description: record.state.kind });
  }
  if (!info.isLocal) await cancelIfEnded(found);
  return found ? { kind: 'written', found } : { kind: 'written' };
}
