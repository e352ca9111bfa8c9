/** Asks the person at the terminal for what a task waits for. Talks on stderr: stdout is for results. */
import { shortId } from '../domain/id.js';
import { quotedName, visibleLine } from '../domain/visible.js';
import type { Waiting } from '../manager/approvals.js';
import type { BackgroundTaskManager } from '../manager/manager.js';
import { argumentLines, shownLines } from './approval-text.js';
import { decide } from './deciding.js';
import type { Session } from './session.js';

/** Somebody sits there who can answer. */
export function canAsk({ out }: Session): boolean {
  return out.live && !out.json && process.stdin.isTTY === true;
}

/** False: they left it undecided. */
export async function askInPlace(session: Session, manager: BackgroundTaskManager, id: string): Promise<boolean> {
  for (const waiting of await manager.approvals(id)) {
    if (!(await askOne(session, manager, waiting))) return false;
  }
  return true;
}

// ---

type Choice = 'approve' | 'always' | 'any' | 'deny' | 'leave';

const ANY = { value: 'any', label: 'Yes, and remember this tool with any arguments' } as const;

async function askOne(session: Session, manager: BackgroundTaskManager, waiting: Waiting): Promise<boolean> {
  const { out } = session;
  const { isCancel, select, text } = await import('@clack/prompts');
  const on = { input: process.stdin, output: process.stderr };
  const { rememberable } = await import('../remember.js');
  const { text: rule, byArguments } = rememberable(waiting);
  out.tell(`Task ${shortId(waiting.task)} wants to run ${quotedName(waiting.tool)}:`);
  for (const line of argumentLines(waiting.args)) out.tell(`    ${line}`);
  out.tell(`    why it asks: ${visibleLine(waiting.reason)}`);
  for (const line of shownLines('the rule for it', rule)) out.tell(`    ${line}`);
  const choice = await select<Choice>({
    ...on,
    message: 'Let it run?',
    options: [
      { value: 'approve', label: 'Yes, this call' },
      { value: 'always', label: 'Yes, and remember the rule for it' },
      ...(byArguments ? [ANY] : []),
      { value: 'deny', label: 'No' },
      { value: 'leave', label: 'Decide later: the task goes on waiting' },
    ],
    initialValue: 'deny',
  });
  if (isCancel(choice) || choice === 'leave') return false;
  const given = { id: waiting.task, call: waiting.call };
  if (choice !== 'deny') {
    const always = choice === 'approve' ? undefined : choice === 'any' ? 'any' : 'same';
    await decide(session, manager, given, { decision: 'approve', always });
    return true;
  }
  const reason = await text({ ...on, message: 'What is the model told? (Enter: nothing more)', defaultValue: '' });
  if (isCancel(reason)) return false;
  await decide(session, manager, given, { decision: 'deny', reason });
  return true;
}
