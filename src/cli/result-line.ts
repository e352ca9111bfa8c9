/** The result of a call on one line: how it ended, the exit code of a command, and the first line that says something. */
import { isStarted } from '../domain/background-command.js';
import { firstLine } from '../domain/task-id.js';
import { quotedName } from '../domain/visible.js';
import type { FollowEvent } from '../manager/follow.js';
import { type Line, toned } from './styled-line.js';

type ResultEvent = Extract<FollowEvent, { type: 'result' }>;

export function resultLine({ tool, outcome, content }: ResultEvent): Line {
  // One in the background has not ended.
  const exit = tool === 'shell' && !isStarted(content) ? exitOf(outcome, content) : undefined;
  const failed = outcome !== 'ok' || (exit !== undefined && exit !== 0);
  const mark = failed ? toned('bad', outcome === 'unknown' ? '?' : '✗') : toned('good', '✓');
  const how = [...(outcome === 'ok' ? [] : [outcome]), ...(exit === undefined ? [] : [`exit ${exit}`])];
  const said = firstLine(linesOf(content).find(saysSomething) ?? 'no output', LONGEST);
  return ['  ', mark, ' ', quotedName(tool), how.length > 0 ? ` ${how.join(', ')}` : '', `: ${said}`];
}

// ---

/** Code points of a line where no terminal cuts it. */
const LONGEST = 200;
const EXIT = /^\[exit code (\d+)\]$/;

/** A command that ended well ended with 0; else the last lines of its result name the code, if it had one. */
function exitOf(outcome: string, content: string): number | undefined {
  if (outcome === 'ok') return 0;
  const said = linesOf(content).findLast((line) => EXIT.test(line));
  return said === undefined ? undefined : Number(EXIT.exec(said)?.[1]);
}

function linesOf(content: string): string[] {
  return content.trim().split('\n');
}

/** Not so: the notice that content is untrusted, and the exit code, which is told already. */
function saysSomething(line: string): boolean {
  return line.trim() !== '' && !line.startsWith('[from ') && !EXIT.test(line);
}
