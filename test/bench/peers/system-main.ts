/** The worker of a system outside Temporal as a process of its own: does what it is told over the channel, many things at once. */
import { installed, loaderOf } from './packages.js';
import type { System, WorkerOptions } from './system.js';
import { SYSTEMS } from './systems.js';

type Given = Omit<WorkerOptions, 'load'> & { readonly system: keyof typeof SYSTEMS };

const { system: name, ...settings } = JSON.parse(process.argv[2] ?? '') as Given;
const system: System = SYSTEMS[name];
process.on('disconnect', () => process.exit(0));
const load = await loaderOf(await installed(name, system.packages));
const worker = await system.openWorker({ ...settings, load });

interface Order {
  readonly number: number;
  readonly id: string;
  /** To work with; absent: how much the task has left is asked for. */
  readonly model?: string;
}

process.on('message', async ({ number, id, model }: Order) => {
  try {
    const value = model === undefined ? await worker.stored(id) : await worker.run(id, model);
    process.send?.({ number, value: value ?? null });
  } catch (error) {
    process.send?.({ number, error: String(error) });
  }
});
process.send?.('ready');
