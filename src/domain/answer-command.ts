/** What a person types to let a task continue, by its phase. Pure; the workflow shows it in the Web UI. */
import type { Phase } from './task.js';

/** Absent: nothing is needed, or the reason of the wait names the command. */
export function answerCommands(phase: Phase, id: string): readonly string[] {
  return (COMMANDS[phase] ?? []).map((words) => `rookery ${words.replace('ID', id)}`);
}

// ---

const COMMANDS: { readonly [P in Phase]?: readonly string[] } = {
  waiting_approval: ['approve ID', 'deny ID'],
  waiting_question: ['answer ID TEXT'],
  waiting_person: ['resume ID'],
  paused: ['unpause ID'],
};
