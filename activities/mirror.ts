/**
 * Mirrors record and conversation into the task's files where no other activity does so. Takes no path from its input
 * and decides nothing from a file. Temporal retries a failed write: a mirror never fails a task.
 */
import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { MirrorInput, MirrorResult } from '../src/domain/activity-calls.js';
import type { Message } from '../src/domain/conversation.js';
import { cancelIfEnded } from './external-end.js';
import { withHeartbeat } from './heartbeat.js';
import { observed } from './observed.js';
import { openTask } from './open-task.js';
import type { ActivityDeps } from './ports.js';
import type { Shared } from './shared.js';
import { acceptMove, hostReport } from './takeover.js';
import { stateOf } from './with-mirror.js';

export function createMirror(deps: ActivityDeps, shared: Shared) {
  return async function mirror(input: MirrorInput, ...groups: Message[][]): Promise<MirrorResult> {
    const { info } = Context.current();
    return withHeartbeat(deps, async () => {
      const opened = await openTask(deps, shared, { input, groups });
      if (opened.kind !== 'opened') return opened;
      const { record } = input;
      if (!record) throw ApplicationFailure.nonRetryable('There is no record to mirror.', 'NoRecord');
      const move = await acceptMove(deps, opened.task, input);
      if (move.kind === 'move_refused') return move;
      // Nothing of a task that its files show as ended may still change its workspace.
      if (record.state.kind !== 'running') await deps.tools.endBackground(opened.task.id);
      const found = await deps.mirror.write(await stateOf(shared, { ...opened, record }));
      if (record.state.kind !== 'running' && info.workflowExecution) {
        shared.leave(info.workflowExecution);
        deps.observer.ended(observed(opened.task), record);
        void deps.audit.note({ task: opened.task.id, type: 'agent_finish', description: record.state.kind });
      }
      await cancelIfEnded(found);
      return {
        kind: 'written',
        ...(found ? { found } : {}),
        ...(move.restored === undefined ? {} : { restored: move.restored }),
        ...(input.newHost || input.move ? hostReport(deps) : input.host === undefined ? { host: deps.host } : {}),
      };
    });
  };
}
