/** The background commands of a task: what is known of each, how it is called, and what is said of its end. Pure. */
import type { Message } from './conversation.js';
import { INTERRUPTED_COMMAND } from './own-turns.js';
import { firstLine } from './task-id.js';
import { visibleLine } from './visible.js';

export interface BackgroundEnd {
  /** Why it counts as failed; none for exit code 0. */
  readonly problems: readonly string[];
  readonly notes: readonly string[];
  /** Milliseconds since 1970. */
  readonly at: number;
}

export interface BackgroundRecord {
  readonly call: string;
  readonly command: string;
  /** The worker that runs it. */
  readonly owner: { readonly pid: number; readonly started: string };
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly end?: BackgroundEnd;
}

export type BackgroundState = 'running' | 'ended' | 'interrupted';

export const INTERRUPTED = 'interrupted, outcome unknown: the worker that ran it has stopped';
export const ENDED_WITH_TASK = 'ended with its task';

/** What the model and the person call a command: the beginning of the id of its call. */
export function handleOf(call: string): string {
  return call.slice(0, 8);
}

/** What `shell` answers when it has started one. */
export function startedSentence(call: string): string {
  return `${STARTED}${handleOf(call)}. Read its output with shell_output; it ends with the task.`;
}

export function isStarted(content: string): boolean {
  return content.startsWith(STARTED);
}

/** How it ended, as one line; undefined while it runs. */
export function endSentence({ end }: BackgroundRecord, state: BackgroundState): string | undefined {
  if (state === 'running') return undefined;
  if (state === 'interrupted' || !end) return INTERRUPTED;
  return end.problems.join('; ') || 'exit code 0';
}

/** The command as one line of bounded length. */
export function commandLine(command: string): string {
  return firstLine(visibleLine(firstLine(command, SHOWN)), SHOWN);
}

/** What the model is told once of commands that ended with their worker; undefined: it knows of all. */
export function interruptedNote(
  commands: readonly Pick<BackgroundRecord, 'call' | 'command'>[],
  messages: readonly Message[],
): string | undefined {
  const sentences = commands
    .map(({ call, command }) => ({ start: `${INTERRUPTED_COMMAND}${handleOf(call)} `, command }))
    .filter(({ start }) => !messages.some(({ role, content }) => role === 'user' && content.includes(start)))
    .map(({ start, command }) => `${start}(${commandLine(command)}) ${AFTER_INTERRUPTION}`);
  return sentences.length === 0 ? undefined : sentences.join('\n');
}

// ---

const STARTED = 'Started in the background as ';
const SHOWN = 200;
const AFTER_INTERRUPTION =
  'ended with the worker that ran it, and is not started again. Check what it did before you repeat it; shell_output gives what it printed.';
