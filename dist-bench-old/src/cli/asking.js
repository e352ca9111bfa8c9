/** Asks the person at the terminal for what a task waits for. Talks on stderr: stdout is for results. */
import { shortId } from '../domain/id.js';
import { argumentLines } from './approval-text.js';
import { decide } from './deciding.js';
/** Somebody sits there who can answer. */
export function canAsk({ out }) {
    return out.live && !out.json && process.stdin.isTTY === true;
}
/** False: they left it undecided. */
export async function askInPlace(session, manager, id) {
    for (const waiting of await manager.approvals(id)) {
        if (!(await askOne(session, manager, waiting)))
            return false;
    }
    return true;
}
async function askOne(session, manager, waiting) {
    const { out } = session;
    const { isCancel, select, text } = await import('@clack/prompts');
    const on = { input: process.stdin, output: process.stderr };
    out.tell(`Task ${shortId(waiting.task)} wants to run ${waiting.tool}:`);
    for (const line of argumentLines(waiting.args))
        out.tell(`    ${line}`);
    out.tell(`    why it asks: ${waiting.reason}`);
    const choice = await select({
        ...on,
        message: 'Let it run?',
        options: [
            { value: 'approve', label: 'Yes, this call' },
            { value: 'always', label: 'Yes, and remember a rule for it' },
            { value: 'deny', label: 'No' },
            { value: 'leave', label: 'Decide later: the task goes on waiting' },
        ],
        initialValue: 'deny',
    });
    if (isCancel(choice) || choice === 'leave')
        return false;
    const given = { id: waiting.task, call: waiting.call };
    if (choice !== 'deny') {
        await decide(session, manager, given, { decision: 'approve', always: choice === 'always' });
        return true;
    }
    const reason = await text({ ...on, message: 'What is the model told? (Enter: nothing more)', defaultValue: '' });
    if (isCancel(reason))
        return false;
    await decide(session, manager, given, { decision: 'deny', reason });
    return true;
}
//# sourceMappingURL=asking.js.map