/**
 * Tells the user's notifier, each event once as long as this worker runs. Never waits for it: a notifier that fails or
 * hangs changes nothing for a task.
 */
import { sentenceOf } from '../domain/errors.js';
import type { TaskNotice } from '../domain/notice.js';

/** How people learn of a task. Called once for an event; after a change of worker it may be told again, with its id. */
export interface Notifier {
  notify(notice: TaskNotice): void | Promise<void>;
}

export interface Notices {
  tell(notice: TaskNotice): void;
}

export function createNotices(notifier: Notifier | undefined, announce: (line: string) => void): Notices {
  if (!notifier) return { tell: () => undefined };
  const told = new Set<string>();
  return {
    tell(notice) {
      if (told.has(notice.id)) return;
      told.add(notice.id);
      for (const oldest of told) {
        if (told.size <= REMEMBERED) break;
        told.delete(oldest);
      }
      // In an async function: a synchronous throw counts as a rejection.
      (async () => notifier.notify(notice))().catch((error: unknown) => {
        announce(`The notifier failed for ${notice.type} of task ${notice.task}: ${sentenceOf(error)}.`);
      });
    },
  };
}

// ---

const REMEMBERED = 1_000;
