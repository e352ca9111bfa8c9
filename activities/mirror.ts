/**
 * Mirrors record and conversation into the task's files. It takes no path from its input; it reads no file to decide
 * anything. A write that fails is retried by Temporal: a mirror never fails a task.
 */
import { Context } from '@temporalio/activity';
import type { Message } from '../src/domain/conversation.js';
import type { MirrorInput, MirrorResult } from '../src/domain/protocol.js';
import type { ActivityDeps } from './deps.js';
import { attended } from './heartbeat.js';
import type { Shared } from './shared.js';

export function createMirror(deps: ActivityDeps, shared: Shared) {
  return async function mirror(input: MirrorInput, ...groups: Message[][]): Promise<MirrorResult> {
    const { info } = Context.current();
    return attended(deps, async () => {
      const task = await shared.door.admitSoon(info, input);
      if (!task) return { kind: 'needed' };
      const messages = await shared.conversations.resolve(input, groups, task.input);
      if (!messages) return { kind: 'needed' };
      const { record } = input;
      const found = await deps.mirror.write({
        id: task.id,
        input: task.input,
        record,
        runStarted: await shared.runStarts.of(info.workflowExecution),
        messages,
      });
      if (record.state.kind !== 'running' && info.workflowExecution) shared.leave(info.workflowExecution.runId);
      return found ? { kind: 'written', found } : { kind: 'written' };
    });
  };
}
