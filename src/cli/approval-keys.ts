/**
 * Asks the person at the terminal about one call: the call and the rule that "always" would remember are shown, then one
 * key decides. "Always" does not stand beside the default, and nothing is approved that was not shown whole.
 */
import { shortId } from '../domain/task-id.js';
import { quotedName, visibleLine } from '../domain/visible.js';
import type { WaitingApproval } from '../manager/approvals.js';
import type { BackgroundTaskManager } from '../manager/manager.js';
import type { Rememberable } from '../worker/remember-rule.js';
import { argumentLines, type DecisionRequest, placeLines, shownLines } from './approval-prompt.js';
import { ENTER, pressedKey } from './keys.js';
import type { Session } from './session.js';
import { untilText } from './until.js';

/** `rule`: what "always" would remember. @returns undefined when the person left without a decision */
export async function decisionByKey(
  { out }: Session,
  manager: BackgroundTaskManager,
  { waiting, rule }: { readonly waiting: WaitingApproval; readonly rule: Rememberable },
): Promise<DecisionRequest | undefined> {
  const wide = rule.byArguments ? [`w = always, for any arguments of ${quotedName(waiting.tool)}`] : [];
  // Two lines: a terminal of 80 columns would break one in a word.
  const once = ['n = no (Enter)', 'y = yes', 'r = no, with a reason', 'd = details', 'q = later'];
  const forGood = ['a = always', ...wide];
  const args = argumentLines(waiting.args);
  let isWhole = args.length <= FIRST_LINES;
  let lines = firstLines(waiting, args, rule.text);
  for (;;) {
    const show = (): void => {
      for (const line of lines) out.info(line);
      out.info('Approve this call?');
      for (const keys of [once, forGood]) out.info(indented(keys.join(' · ')));
    };
    const key = await pressedKey(`nyrdqa${ENTER}${rule.byArguments ? 'w' : ''}`, show);
    if (key === undefined || key === 'q') return undefined;
    const request = key === 'r' ? await denialWithReason() : REQUESTS[key];
    const approves = request?.decision === 'approve';
    if (request && (isWhole || !approves)) return request;
    // `d`, no reason after all, or the rest of the call has to be shown first.
    lines = approves
      ? [...args.slice(FIRST_LINES).map(indented), 'This is the rest of the call. Decide again.']
      : await detailLines(manager, waiting, args);
    isWhole ||= approves || key === 'd';
  }
}

// ---

/** A longer call is shown whole on request, or before it is approved. */
const FIRST_LINES = 20;

const REQUESTS: Readonly<Record<string, DecisionRequest>> = {
  n: { decision: 'deny' },
  [ENTER]: { decision: 'deny' },
  y: { decision: 'approve' },
  a: { decision: 'approve', always: 'same' },
  w: { decision: 'approve', always: 'any' },
};

const indented = (line: string): string => `    ${line}`;

function firstLines(waiting: WaitingApproval, args: readonly string[], rule: string): string[] {
  const hidden = args.length - FIRST_LINES;
  return [
    `Task ${shortId(waiting.task)} wants to run ${quotedName(waiting.tool)} (${untilText(waiting.expires)}):`,
    ...args.slice(0, FIRST_LINES).map(indented),
    ...(hidden > 0 ? [`    … ${hidden} more lines: d shows them`] : []),
    ...placeLines(waiting).map(indented),
    `    reason: ${visibleLine(waiting.reason)}`,
    ...shownLines('always would remember', rule).map(indented),
  ];
}

async function detailLines(
  manager: BackgroundTaskManager,
  waiting: WaitingApproval,
  args: readonly string[],
): Promise<string[]> {
  const { task, call, workspace, worktreeOf, asked, refused } = waiting;
  const status = await manager.status(task).catch(() => undefined);
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['task', task],
    ['call', call],
    ['prompt', status?.prompt.slice(0, 400)],
    ['workspace', worktreeOf === undefined && workspace !== '' ? workspace : undefined],
    ['asked', new Date(asked).toLocaleString('en-GB')],
    ['a decision was refused', refused ?? undefined],
  ];
  const shown = rows.flatMap(([name, value]) => (value === undefined ? [] : shownLines(name, visibleLine(value))));
  return [...shown, ...placeLines(waiting), ...args].map(indented);
}

/** @returns undefined when the person gave none after all */
async function denialWithReason(): Promise<DecisionRequest | undefined> {
  const { isCancel, text } = await import('@clack/prompts');
  const reason = await text({ input: process.stdin, output: process.stderr, message: 'Reason for the model' });
  return isCancel(reason) ? undefined : { decision: 'deny', reason };
}
