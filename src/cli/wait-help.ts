/** What lets a waiting task continue: the command for each kind of wait, and until when it waits. Pure. */
import { answerCommands } from '../domain/answer-command.js';
import type { Phase } from '../domain/task.js';
import { fileNameOf, shortId } from '../domain/task-id.js';
import { visibleLine } from '../domain/visible.js';
import type { StatusObject } from '../manager/status-object.js';
import { waitsUntil } from './until.js';

export interface WaitText {
  /** What the task waits for. */
  readonly said: string;
  /** Undefined: only the task or its provider can end the wait. */
  readonly command: string | undefined;
}

export function waitText(phase: Phase, reason: string | null, task: string): WaitText {
  // Other reasons have text of the model in them: what that calls a command is none.
  const named = phase === 'waiting_limit' ? [...(reason ?? '').matchAll(/`(rookery [^`]+)`/g)] : [];
  if (reason === null || named.length === 0)
    return { said: reason ?? 'no reason given', command: commandAgainst(phase, reason ?? '', task) };
  const commands = named.map(([, command = '']) => command.replace(fileNameOf(task), shortId(task)));
  return { said: reason.slice(0, named[0]?.index).replace(/[\s;]+$/, ''), command: commands.join(OR) };
}

/**
 * What is left to say of a task that waits, when its follow ends. `isShown`: the lines above say what it waits for, and
 * with which command it continues. @returns undefined for nothing
 */
export function lastLineOfWait(status: Pick<StatusObject, 'id' | 'detail'>, isShown: boolean): string | undefined {
  const until = waitsUntil(status);
  if (isShown) return until === undefined ? undefined : `The task waits: ${until}`;
  const { said, command } = waitText(status.detail.phase, status.detail.reason, status.id);
  const waits = `The task is waiting${until === undefined ? '' : ` (${until})`}: ${said}`;
  return visibleLine(command === undefined ? waits : `${asSentence(waits)} Continue it with: ${command}`);
}

// ---

function asSentence(text: string): string {
  return /[.?!]\s*$/.test(text) ? text.trimEnd() : `${text}.`;
}

const OR = '  or  ';

function commandAgainst(phase: Phase, reason: string, task: string): string | undefined {
  const id = shortId(task);
  if (phase === 'waiting_approval') {
    const call = /^waiting for approval of call (\S+) \([^)]*\):/.exec(reason)?.[1];
    // Several calls wait, or the reason has another form.
    return call === undefined
      ? `rookery approvals ${id}`
      : `rookery approve ${id} ${call}${OR}rookery deny ${id} ${call}`;
  }
  const command = answerCommands(phase, id)[0] ?? OTHER_COMMANDS[phase]?.replace('ID', id);
  const [, verb] = command?.split(' ') ?? [];
  // A pause of Temporal itself, whose reason says how to end it.
  return reason.includes(`temporal workflow ${verb}`) ? undefined : command;
}

/** Of phases whose reason may name a better one. */
const OTHER_COMMANDS: { readonly [P in Phase]?: string } = {
  waiting_limit: 'rookery raise ID --max-…',
  stalled: 'rookery move ID --to here',
};
