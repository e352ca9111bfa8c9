/**
 * Shows calls that wait for approval (as text and as JSON), asks the person at the terminal, and sends the decision to
 * the manager; "always" also remembers a rule. Every value is quoted, so no text in a call can look like another line.
 * Prompts go to stderr: stdout is for results.
 */
import { shortId } from '../domain/task-id.js';
import { microsOfMillis, timestampOf } from '../domain/timestamp.js';
import { quoted, quotedName, rowsOf, visibleLine } from '../domain/visible.js';
import type { WaitingApproval } from '../manager/approvals.js';
import type { VerbOutcome } from '../manager/context.js';
import type { BackgroundTaskManager } from '../manager/manager.js';
import type { PersonDecision } from '../signing/decisions.js';
import { hostLines } from './host-text.js';
import type { Session } from './session.js';

/** @returns true when a person at the terminal can answer. */
export function canPrompt({ out }: Session): boolean {
  return out.live && !out.json && process.stdin.isTTY === true;
}

/** @returns false when a call was left undecided. */
export async function promptForApprovals(
  session: Session,
  manager: BackgroundTaskManager,
  id: string,
): Promise<boolean> {
  for (const waiting of await manager.approvals(id)) {
    if (!(await promptFor(session, manager, waiting))) return false;
  }
  return true;
}

export interface DecisionRequest extends PersonDecision {
  /**
   * Remember a rule that lets the same run next time; `any`: with any arguments, for tools whose rules go by arguments.
   */
  readonly always?: 'same' | 'any' | undefined;
}

export async function sendDecision(
  session: Session,
  manager: BackgroundTaskManager,
  given: { readonly id: string; readonly call?: string | undefined },
  { always, ...answer }: DecisionRequest,
): Promise<VerbOutcome> {
  const { approval, ...outcome } = await manager.decide(given, answer);
  if (always) await remember(session, approval, always === 'any');
  return outcome;
}

export function approvalJson({ task, call, tool, args, reason, asked, expires, refused }: WaitingApproval) {
  const stamp = (millis: number): string => timestampOf(microsOfMillis(millis));
  return { task, call, tool, args, reason, asked_at: stamp(asked), expires_at: stamp(expires), refused };
}

/** `rule`: what `--always` would remember. */
export function approvalLines(waiting: WaitingApproval, rule: string): string[] {
  const { task, call, tool, args, reason, expires, refused } = waiting;
  const hours = Math.max(0, (expires - Date.now()) / 3_600_000);
  const ids = `${shortId(task)} ${shortId(call)}`;
  return [
    `${shortId(task)}  call ${shortId(call)}  ${quotedName(tool)}  (counts as denied in ${hours.toFixed(1)} h)`,
    ...argumentLines(args).map((line) => `    ${line}`),
    `    reason: ${visibleLine(reason)}`,
    ...(refused === null ? [] : [`    a decision was refused: ${visibleLine(refused)}`]),
    ...shownLines('--always would remember', rule).map((line) => `    ${line}`),
    `    rookery approve ${ids}    or    rookery deny ${ids}`,
  ];
}

/** The arguments, a line each or several rows where one is long, and the hosts in them. */
export function argumentLines(args: unknown): string[] {
  if (typeof args !== 'object' || args === null || Array.isArray(args)) return shownLines('arguments', quoted(args));
  const lines = Object.entries(args).flatMap(([name, value]) => shownLines(quoted(name), quoted(value)));
  return [...lines, ...hostLines(args).flatMap(inRows)];
}

/** Both texts must be safe to display: quoted, or fixed words. */
export function shownLines(name: string, value: string): string[] {
  const whole = `${name}: ${value}`;
  if (rowsOf(whole, ROW_COLUMNS).length === 1) return [whole];
  return [...inRows(`${name}:`), ...rowsOf(value, ROW_COLUMNS).map((row) => `  | ${row}`)];
}

// ---

type Choice = 'approve' | 'always' | 'any' | 'deny' | 'later';

const ANY = { value: 'any', label: 'Approve and remember this tool with any arguments' } as const;

async function promptFor(session: Session, manager: BackgroundTaskManager, waiting: WaitingApproval): Promise<boolean> {
  const { out } = session;
  const { isCancel, select, text } = await import('@clack/prompts');
  const on = { input: process.stdin, output: process.stderr };
  const { rememberable } = await import('../worker/remember-rule.js');
  const { text: rule, byArguments } = await rememberable(waiting);
  out.info(`Task ${shortId(waiting.task)} wants to run ${quotedName(waiting.tool)}:`);
  for (const line of argumentLines(waiting.args)) out.info(`    ${line}`);
  out.info(`    reason: ${visibleLine(waiting.reason)}`);
  for (const line of shownLines('rule to remember', rule)) out.info(`    ${line}`);
  const choice = await select<Choice>({
    ...on,
    message: 'Approve this call?',
    options: [
      { value: 'approve', label: 'Approve' },
      { value: 'always', label: 'Approve and remember the rule' },
      ...(byArguments ? [ANY] : []),
      { value: 'deny', label: 'Deny' },
      { value: 'later', label: 'Decide later: the task keeps waiting' },
    ],
    initialValue: 'deny',
  });
  if (isCancel(choice) || choice === 'later') return false;
  const given = { id: waiting.task, call: waiting.call };
  if (choice !== 'deny') {
    const always = choice === 'approve' ? undefined : choice === 'any' ? 'any' : 'same';
    await sendDecision(session, manager, given, { decision: 'approve', always });
    return true;
  }
  const reason = await text({ ...on, message: 'Reason for the model (optional)', defaultValue: '' });
  if (isCancel(reason)) return false;
  await sendDecision(session, manager, given, { decision: 'deny', reason });
  return true;
}

async function remember({ paths, out }: Session, approval: WaitingApproval, anyArguments: boolean): Promise<void> {
  const { rememberable, rememberAlways } = await import('../worker/remember-rule.js');
  if (anyArguments && !(await rememberable(approval)).byArguments)
    out.info(
      `--any-arguments has no effect for ${quotedName(approval.tool)}: its rules match paths, hosts or commands.`,
    );
  const { text, problem } = await rememberAlways(paths, approval, anyArguments);
  out.info(problem ?? `Remembered: ${text}. \`rookery policy\` shows it, \`rookery policy forget N\` removes it.`);
}

/** Fits 80 columns with the indents. */
const ROW_COLUMNS = 70;

function inRows(shown: string): string[] {
  const [first = '', ...rest] = rowsOf(shown, ROW_COLUMNS);
  return [first, ...rest.map((row) => `| ${row}`)];
}
