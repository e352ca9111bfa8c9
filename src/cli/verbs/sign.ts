/** `rookery sign`: a signed workflow input for clients that cannot sign. It is valid for one workflow id only. */

import { randomUUID } from 'node:crypto';
import { Option } from 'commander';
import { EXIT, type ExitCode } from '../exit.js';
import { openManager, openSession, type VerbOptions, type VerbSpec } from '../session.js';
import { readPrompt, taskSettings } from '../task-input.js';
import { TASK_OPTIONS } from '../task-options.js';
import { runningWorker } from '../worker-process.js';

export const spec: VerbSpec = {
  words: '[prompt...]',
  help: 'Prints a signed workflow input as JSON. It is valid for one workflow id.',
  options: [new Option('--id <id>', 'workflow id for which it is signed (default: a new UUID)'), ...TASK_OPTIONS],
  examples: ['rookery sign --id 0d444ea0-701a-43fa-97b0-1c016a4ba96a "Summarize the README"'],
  run,
};

async function run(words: string[], options: VerbOptions): Promise<ExitCode> {
  const prompt = await readPrompt(words, options);
  const session = await openSession(options);
  const id = typeof options.id === 'string' ? options.id : randomUUID();
  const manager = await openManager(session, undefined, (await runningWorker(session.paths)) !== undefined);
  const input = await manager.sign(id, { prompt, ...(await taskSettings(session)) });
  session.out.info(
    `Start workflow type backgroundTask on queue rookery with workflow id ${id}; the signature is valid only for it.`,
  );
  session.out.value(input);
  return EXIT.done;
}
