/**
 * What a task has last seen of each file, by content: so a tool that writes can tell whether a person or another program
 * has changed the file in the meantime. Kept beside the task's files, one line for each new content; losing it means that
 * the model reads again.
 */
import { appendFileSync, readFileSync } from 'node:fs';

/** Of one task. Paths are real ones. */
export interface SeenFiles {
  note(path: string, hash: string): void;
  /** @returns the hash that was noted last; undefined for a file that the task has neither read nor written */
  last(path: string): string | undefined;
}

/** Tasks whose notes stay in memory. */
const MAX_TASKS = 256;
const MAX_FILE_BYTES = 16 * 1024 * 1024;

/** `fileOf`: where the notes of a task are; its directory exists. Throws nothing: notes are not worth a failed call. */
export function createSeenFiles(fileOf: (task: string) => string): (task: string) => SeenFiles {
  const known = new Map<string, Map<string, string>>();
  return (task) => {
    const notes = known.get(task) ?? readNotes(fileOf(task));
    known.delete(task);
    known.set(task, notes);
    for (const oldest of known.keys()) {
      if (known.size <= MAX_TASKS) break;
      known.delete(oldest);
    }
    return {
      last: (path) => notes.get(path),
      note(path, hash) {
        if (notes.get(path) === hash) return;
        notes.set(path, hash);
        try {
          appendFileSync(fileOf(task), `${JSON.stringify([path, hash])}\n`, { mode: 0o600 });
        } catch {
          // On a full disk the notes live as long as the worker.
        }
      },
    };
  };
}

// ---

/** A torn last line of a killed process is left out. */
function readNotes(file: string): Map<string, string> {
  const notes = new Map<string, string>();
  for (const line of linesOf(file)) {
    try {
      const [path, hash] = JSON.parse(line) as [unknown, unknown];
      if (typeof path === 'string' && typeof hash === 'string') notes.set(path, hash);
    } catch {
      // Read again by the model.
    }
  }
  return notes;
}

function linesOf(file: string): string[] {
  try {
    const text = readFileSync(file, 'utf8');
    return text.length > MAX_FILE_BYTES ? [] : text.split('\n');
  } catch {
    return [];
  }
}
