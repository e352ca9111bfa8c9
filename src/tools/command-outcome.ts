/** How the model is told of a command: what it printed, then one line in brackets for each note and problem. Pure. */
import { failed, ok } from './outcome.js';
import type { ToolOutcome } from './tool.js';

export interface CommandEnd {
  /** Why it counts as failed; none for exit code 0. */
  readonly problems: readonly string[];
  readonly notes: readonly string[];
}

export const LEFTOVERS = 'some of its processes could not be ended';

export function commandOutcome(printed: string, { problems, notes }: CommandEnd): ToolOutcome {
  const lines = [...notes, ...problems].map((note) => `[${note}]`).join('\n');
  if (lines === '') return ok(printed || '[no output]');
  const content = printed === '' || printed.endsWith('\n') ? printed + lines : `${printed}\n${lines}`;
  return problems.length === 0 ? ok(content) : failed(content);
}
