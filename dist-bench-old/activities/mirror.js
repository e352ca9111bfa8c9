/**
 * Mirrors record and conversation into the task's files, where no other activity does it beside its work. It takes no path
 * from its input; it reads no file to decide anything. A write that fails is retried by Temporal: a mirror never fails a
 * task.
 */
import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { stateOf } from './beside.js';
import { hear } from './hear.js';
import { attended } from './heartbeat.js';
export function createMirror(deps, shared) {
    return async function mirror(input, ...groups) {
        const { info } = Context.current();
        return attended(deps, async () => {
            const heard = await hear(deps, shared, { input, groups });
            if (heard.kind !== 'heard')
                return heard;
            const { record } = input;
            if (!record)
                throw ApplicationFailure.nonRetryable('There is no record to mirror.', 'NoRecord');
            const found = await deps.mirror.write(await stateOf(shared, { ...heard, record }));
            if (record.state.kind !== 'running' && info.workflowExecution) {
                shared.leave(info.workflowExecution.runId);
                void deps.audit.note({ task: heard.task.id, type: 'agent_finish', description: record.state.kind });
            }
            return found ? { kind: 'written', found } : { kind: 'written' };
        });
    };
}
//# sourceMappingURL=mirror.js.map