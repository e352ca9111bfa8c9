/**
 * Shows calls that wait for a person, as text and as JSON, and sends the decision to the manager; "always" also remembers
 * a rule. Every value is quoted, so no text in a call can look like another line.
 */
import { RookeryError } from '../domain/errors.js';
import { NO_EXPIRY, stampOfExpiry } from '../domain/expiry.js';
import { shortId } from '../domain/task-id.js';
import { microsOfMillis, timestampOf } from '../domain/timestamp.js';
import { quoted, quotedName, rowsOf, visibleLine } from '../domain/visible.js';
import type { WaitingApproval } from '../manager/approvals.js';
import type { VerbOutcome } from '../manager/context.js';
import type { BackgroundTaskManager } from '../manager/manager.js';
import type { WaitingQuestion } from '../manager/needs.js';
import type { PersonDecision } from '../signing/decisions.js';
import { hostLines } from './host-text.js';
import type { Session } from './session.js';
import { untilText } from './until.js';

/** @returns true when a person at the terminal can answer. */
export function canPrompt({ out }: Session): boolean {
  return out.live && !out.json && process.stdin.isTTY === true;
}

export interface DecisionRequest extends PersonDecision {
  /**
   * Remember a rule that lets the same run next time; `any`: with any arguments, for tools whose rules go by arguments.
   */
  readonly always?: 'same' | 'any' | undefined;
}

/** A rule is remembered first: the next call of the task may be judged as soon as this one runs. */
export async function sendDecision(
  session: Session,
  manager: BackgroundTaskManager,
  waiting: WaitingApproval,
  { always, ...answer }: DecisionRequest,
): Promise<VerbOutcome> {
  const { task: id, call, tool } = waiting;
  const isRemembered = always !== undefined && (await remember(session, waiting, always === 'any'));
  try {
    const { approval: _, ...outcome } = await manager.decide({ id, call }, answer);
    return outcome;
  } catch (error) {
    // The worker has seen the rule before the decision, and has let the call run.
    if (!isRemembered || !(error instanceof RookeryError) || error.code !== 'wrong_status') throw error;
    return { id, ok: true, status: 'Running', message: `approved: ${tool}`, call };
  }
}

/** `directory`: where the call would run; null for the worker's own workspace. */
export function approvalJson(waiting: WaitingApproval) {
  const { task, call, tool, args, reason, asked, expires, refused, workspace, worktreeOf = workspace } = waiting;
  const places = { directory: workspace || null, workspace: worktreeOf || null };
  const times = { asked_at: stampOf(asked), expires_at: stampOfExpiry(expires) };
  return { task, call, tool, args, reason, ...times, refused, ...places };
}

export function questionJson({ task, call, text, choices, asked, expires, refused }: WaitingQuestion) {
  return { task, question: call, text, choices, asked_at: stampOf(asked), expires_at: stampOfExpiry(expires), refused };
}

/** `rule`: what `--always` would remember. */
export function approvalLines(waiting: WaitingApproval, rule: string): string[] {
  const { task, call, tool, args, reason, expires } = waiting;
  const ids = `${shortId(task)} ${shortId(call)}`;
  const until = expires === NO_EXPIRY ? untilText(expires) : `${untilText(expires)}, then it counts as denied`;
  return [
    `${shortId(task)}  call ${shortId(call)}  ${quotedName(tool)}  (${until})`,
    ...argumentLines(args).map((line) => `    ${line}`),
    ...placeLines(waiting).map((line) => `    ${line}`),
    `    reason: ${visibleLine(reason)}`,
    ...refusedLines(waiting),
    ...shownLines('--always would remember', rule).map((line) => `    ${line}`),
    `    rookery approve ${ids}    or    rookery deny ${ids}`,
  ];
}

export function questionLines(waiting: WaitingQuestion): string[] {
  const { task, call, expires } = waiting;
  return [
    `${shortId(task)}  question ${shortId(call)}  (${untilText(expires)})`,
    ...questionText(waiting).map((line) => `    ${line}`),
    ...refusedLines(waiting),
    `    rookery answer ${shortId(task)} ${shortId(call)} TEXT`,
  ];
}

/** The question, and its choices with their numbers. */
export function questionText({ text, choices }: WaitingQuestion): string[] {
  const numbered = choices.flatMap((choice, n) => shownLines(String(n + 1), quoted(choice)));
  return [...shownLines('question', quoted(text)), ...numbered];
}

/** The arguments, a line each or several rows where one is long, and the hosts in them. */
export function argumentLines(args: unknown): string[] {
  if (typeof args !== 'object' || args === null || Array.isArray(args)) return shownLines('arguments', quoted(args));
  const lines = Object.entries(args).flatMap(([name, value]) => shownLines(quoted(name), quoted(value)));
  return [...lines, ...hostLines(args).flatMap(inRows)];
}

/** Where a call of a task with a worktree would run: not in the workspace that the person has named. */
export function placeLines({ workspace, worktreeOf }: WaitingApproval): string[] {
  if (worktreeOf === undefined) return [];
  return [
    ...shownLines('directory', visibleLine(workspace)),
    ...(worktreeOf === '' ? [] : shownLines('in a worktree of', visibleLine(worktreeOf))),
  ];
}

/** Both texts must be safe to display: quoted, or fixed words. */
export function shownLines(name: string, value: string): string[] {
  const whole = `${name}: ${value}`;
  if (rowsOf(whole, ROW_COLUMNS).length === 1) return [whole];
  return [...inRows(`${name}:`), ...rowsOf(value, ROW_COLUMNS).map((row) => `  | ${row}`)];
}

// ---

function stampOf(millis: number): string {
  return timestampOf(microsOfMillis(millis));
}

function refusedLines({ refused }: WaitingApproval): string[] {
  return refused === null ? [] : [`    a decision was refused: ${visibleLine(refused)}`];
}

/** @returns whether there is a rule now */
async function remember({ paths, out }: Session, approval: WaitingApproval, anyArguments: boolean): Promise<boolean> {
  const { rememberable, rememberAlways } = await import('../worker/remember-rule.js');
  if (anyArguments && !(await rememberable(approval)).byArguments)
    out.info(
      `--any-arguments has no effect for ${quotedName(approval.tool)}: its rules match paths, hosts or commands.`,
    );
  const { text, problem } = await rememberAlways(paths, approval, anyArguments);
  out.info(problem ?? `Remembered: ${text}. \`rookery policy\` shows it, \`rookery policy forget N\` removes it.`);
  return problem === undefined;
}

/** Fits 80 columns with the indents. */
const ROW_COLUMNS = 70;

function inRows(shown: string): string[] {
  const [first = '', ...rest] = rowsOf(shown, ROW_COLUMNS);
  return [first, ...rest.map((row) => `| ${row}`)];
}
