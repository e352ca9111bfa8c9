/**
 * Writes the files of a task from its first state to its end, as the worker does: argv[2] is the work directory. It may be
 * killed at any of its system calls. With argv[3] it writes the end alone, as the next worker does.
 */
import { existsSync } from 'node:fs';
import { pathsOf } from '../../dist/src/mirror/paths.js';
import { MirrorWriter } from '../../dist/src/mirror/writer.js';

const [, , workdir, only] = process.argv;
const ID = 'task-under-the-knife';
const STAMP = 1_790_000_000_000_000;
const LAST = 4;
const writer = new MirrorWriter(pathsOf(workdir));
const messages = [
  { role: 'system', content: 's' },
  { role: 'user', content: 'p' },
];

// The counting of system calls begins here.
existsSync(`${workdir}/begin`);
for (let n = 0; n <= LAST; n++) {
  if (n > 0) {
    const call = { id: `c${n}`, wire_id: `c${n}`, name: 'list_files', args: {} };
    messages.push(
      n === LAST ? { role: 'assistant', content: 'the answer' } : { role: 'assistant', content: '', calls: [call] },
      ...(n === LAST ? [] : [{ role: 'tool', call: call.id, outcome: 'ok', content: `result ${n} `.repeat(200) }]),
    );
  }
  if (only !== undefined && n < LAST) continue;
  await writer.write({
    id: ID,
    input: { prompt: 'p', system_prompt: 's' },
    record: {
      state: { kind: n === LAST ? 'completed' : 'running' },
      iterations: n,
      provider: 'demo',
      model: 'm',
      created_at: STAMP,
      updated_at: STAMP + n,
      version: n + 1,
    },
    runStarted: 1_000,
    messages: [...messages],
  });
}
existsSync(`${workdir}/end`);
