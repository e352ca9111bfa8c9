/** `rookery sign`: a signed workflow input for clients that cannot sign. It counts for one workflow id only. */
import { randomUUID } from 'node:crypto';
import { EXIT } from '../exit.js';
import { openManager, openSession, type Verb } from '../session.js';
import { readPrompt, taskSettings } from '../task-input.js';
import { livingWorker } from '../worker-process.js';

export const verb: Verb = async (words, options) => {
  const prompt = await readPrompt(words, options);
  const session = await openSession(options);
  const id = typeof options.id === 'string' ? options.id : randomUUID();
  const manager = await openManager(session, undefined, (await livingWorker(session.paths)) !== undefined);
  const input = await manager.sign(id, { prompt, ...(await taskSettings(session)) });
  session.out.tell(
    `Start workflow type backgroundTask on queue rookery with workflow id ${id}; it counts for no other id.`,
  );
  session.out.value(input);
  return EXIT.done;
};
