/**
 * A call that waits for approval, for people and as JSON. People see exactly what would run, to the last character, each
 * name and value in quotes: nothing in a call can look like a line of another one, or of ours. Pure.
 */
import { shortId } from '../domain/id.js';
import { microsOfMillis, stampOf } from '../domain/stamp.js';
import { quoted, quotedName, rowsOf, visibleLine } from '../domain/visible.js';
import type { Waiting } from '../manager/approvals.js';
import { hostLines } from './host-text.js';

export function approvalJson({ task, call, tool, args, reason, asked, expires, refused }: Waiting) {
  const stamp = (millis: number): string => stampOf(microsOfMillis(millis));
  return { task, call, tool, args, reason, asked_at: stamp(asked), expires_at: stamp(expires), refused };
}

/** `rule`: what `--always` would remember. */
export function approvalLines(waiting: Waiting, rule: string): string[] {
  const { task, call, tool, args, reason, expires, refused } = waiting;
  const hours = Math.max(0, (expires - Date.now()) / 3_600_000);
  const ids = `${shortId(task)} ${shortId(call)}`;
  return [
    `${shortId(task)}  call ${shortId(call)}  ${quotedName(tool)}  (counts as denied in ${hours.toFixed(1)} h)`,
    ...argumentLines(args).map((line) => `    ${line}`),
    `    why: ${visibleLine(reason)}`,
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

/** Both are shown texts already: quoted, or our own words. */
export function shownLines(name: string, value: string): string[] {
  const whole = `${name}: ${value}`;
  if (rowsOf(whole, ROW_COLUMNS).length === 1) return [whole];
  return [...inRows(`${name}:`), ...rowsOf(value, ROW_COLUMNS).map((row) => `  | ${row}`)];
}

// ---

/** With their indents they fit a terminal of 80 columns. */
const ROW_COLUMNS = 70;

function inRows(shown: string): string[] {
  const [first = '', ...rest] = rowsOf(shown, ROW_COLUMNS);
  return [first, ...rest.map((row) => `| ${row}`)];
}
