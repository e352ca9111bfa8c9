/** Plain files: the whole conversation as JSON after each step, written beside, synced, renamed. Nothing takes it up again. */
import { open, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PROMPT } from '../work.js';
import { createAgent } from './agent.js';
import { callsIn, openingOf, type WireMessage } from './messages.js';
import type { System } from './system.js';

export const files: System = {
  name: 'plain files (JSON, fsync)',
  packages: {},
  async openWorker({ directory, ...settings }) {
    const agent = createAgent(settings);
    const fileOf = (id: string): string => join(directory, `${id}.json`);
    const save = async (id: string, messages: readonly WireMessage[]): Promise<void> => {
      const file = await open(`${fileOf(id)}.new`, 'w');
      await file.writeFile(JSON.stringify(messages));
      await file.sync();
      await file.close();
      await rename(`${fileOf(id)}.new`, fileOf(id));
      const place = await open(directory);
      await place.sync();
      await place.close();
    };
    return {
      async run(id, model) {
        const messages = openingOf(PROMPT);
        for (;;) {
          messages.push(await agent.ask(model, messages));
          await save(id, messages);
          const calls = callsIn(messages);
          if (calls.length === 0) return;
          for (const call of calls) messages.push(await agent.use(call));
          await save(id, messages);
        }
      },
      stored: async (id) => (await stat(fileOf(id))).size,
    };
  },
};
