/**
 * How every activity begins: is it ours to do, may it run, and what is its conversation. Does nothing else: nothing has
 * been touched when the answer is that the workflow must send more, or send it elsewhere.
 */
import { Context } from '@temporalio/activity';
export async function hear(deps, shared, { input, groups }) {
    const { info } = Context.current();
    deps.metrics.works(shared.door.refuseStrangers(info).runId);
    if (input.host !== undefined && input.host !== deps.host)
        return { kind: 'elsewhere' };
    const task = await shared.door.admitSoon(info, input);
    const messages = task && (await shared.conversations.resolve(input, groups, task.input));
    if (!messages)
        return { kind: 'needed' };
    return { kind: 'heard', task, messages };
}
//# sourceMappingURL=hear.js.map