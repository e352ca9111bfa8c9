/** What lets a waiting task go on: the command for each kind of wait. Pure. */
import type { Phase } from '../domain/task.js';
import { shortId } from '../domain/task-id.js';

/** @returns undefined when only the task or its provider can end the wait */
export function commandAgainst(phase: Phase, reason: string | null, task: string): string | undefined {
  const id = shortId(task);
  if (phase === 'waiting_approval') {
    const call = /^waiting for approval of call (\S+) \([^)]*\):/.exec(reason ?? '')?.[1];
    // Several calls wait, or the reason has another form.
    if (call === undefined) return `rookery approvals ${id}`;
    return `rookery approve ${id} ${call}   or   rookery deny ${id} ${call}`;
  }
  return COMMANDS[phase]?.(id);
}

// ---

const COMMANDS: Partial<Record<string, (id: string) => string>> = {
  waiting_question: (id) => `rookery answer ${id} TEXT`,
  waiting_limit: (id) => `rookery raise ${id} --max-…`,
  waiting_person: (id) => `rookery resume ${id}`,
  paused: (id) => `rookery unpause ${id}`,
  stalled: (id) => `rookery move ${id} --to here`,
};
