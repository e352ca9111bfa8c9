/** Finished tasks as the product's own projection writes them, in a work directory that has long been in use. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { opening } from '../../src/domain/conversation.js';
import { DEFAULT_SYSTEM_PROMPT } from '../../src/domain/limits.js';
import type { TaskState } from '../../src/domain/task.js';
import { timestampOf } from '../../src/domain/timestamp.js';
import { pathsOf } from '../../src/mirror/paths.js';
import { project } from '../../src/mirror/project.js';
import { chance } from '../support/random.js';

const SMALLEST = 2 * 1024;
const LARGEST = 8 * 1024;
const FIRST = Date.UTC(2026, 0, 1) * 1000;
const MINUTE = 60_000_000;
const PLAIN = 'the build fails on line 42 of `src/main.rs`: see "notes.md",\n\trun it again with \\d+ and look'.split(
  ' ',
);
/** As models like to write: every other task has some of it. */
const FANCY = [...PLAIN, '“quoted”', '→', 'größer', '日本', '–'];

/** Completed, failed and cancelled ones, 2 to 8 KiB each; the same ones for the same number. */
export function writeFinishedTasks(workdir: string, count: number): void {
  const paths = pathsOf(workdir);
  mkdirSync(paths.tasks, { recursive: true, mode: 0o700 });
  mkdirSync(paths.side, { recursive: true, mode: 0o700 });
  const { below, pick } = chance(count);
  for (let n = 0; n < count; n++) {
    const words = n % 2 === 0 ? PLAIN : FANCY;
    const text = (length: number): string => {
      let said = '';
      while (said.length < length) said += `${pick(words)} `;
      return said.trim();
    };
    const id = `${hex(below, 8)}-${hex(below, 4)}-4${hex(below, 3)}-a${hex(below, 3)}-${hex(below, 12)}`;
    const size = SMALLEST + below(LARGEST - SMALLEST);
    const prompt = text(size / 4);
    const created = FIRST + n * MINUTE + below(1_000_000);
    const state = stateOf(n, () => text(size / 3));
    const { task } = project({
      id,
      input: { prompt, created_at: timestampOf(created) },
      record: {
        state,
        iterations: 1 + below(30),
        provider: 'openai',
        model: 'gpt-4o-mini',
        updated_at: created + MINUTE,
        version: 3,
      },
      messages: [
        ...opening(DEFAULT_SYSTEM_PROMPT, prompt),
        { role: 'assistant', content: text(Math.max(0, size * 0.7 - DEFAULT_SYSTEM_PROMPT.length)) },
      ],
    });
    writeFileSync(paths.task(id), task, { mode: 0o600 });
  }
}

// ---

function stateOf(n: number, error: () => string): TaskState {
  if (n % 10 === 8) return { kind: 'failed', error: error() };
  if (n % 10 === 9) return { kind: 'cancelled', reason: 'cancelled by a person' };
  return { kind: 'completed' };
}

function hex(below: (limit: number) => number, digits: number): string {
  return Array.from({ length: digits }, () => below(16).toString(16)).join('');
}
