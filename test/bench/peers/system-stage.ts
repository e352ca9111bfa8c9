/** A system outside Temporal at work: its packages, its server and one worker, all fresh. Tells the worker what to do. */
import { randomUUID } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startChild } from '../children.js';
import type { Common } from '../stage.js';
import { CONTENT, FILE, modelOf, type Work } from '../work.js';
import { installed } from './packages.js';
import type { System, SystemStage } from './system.js';
import { SYSTEMS } from './systems.js';

/** Throws where it cannot be installed or started: the message says why. */
export async function openSystem(name: keyof typeof SYSTEMS, options: Common): Promise<SystemStage> {
  const system: System = SYSTEMS[name];
  const root = join(options.scratch, `${name}-${randomUUID().slice(0, 8)}`);
  const [workspace, directory] = [join(root, 'workspace'), join(root, 'data')];
  for (const place of [workspace, directory]) await mkdir(place, { recursive: true });
  await writeFile(join(workspace, FILE), CONTENT);
  const packages = await installed(name, system.packages);
  const server = await system.startServer?.({ directory, packages });
  const agent = { endpoint: options.modelUrl, workspace, tools: options.tools };
  const given = { system: name, ...agent, directory, server: server?.settings ?? {} };
  const close = async (): Promise<void> => {
    await server?.stop();
    await rm(root, { recursive: true, force: true, maxRetries: 3 });
  };
  try {
    const worker = await startChild('./peers/system-main.js', [JSON.stringify(given)]);
    const order = ordersOf(worker.process);
    return {
      worker,
      ...(server ? { server } : {}),
      async run(work: Work) {
        const id = randomUUID();
        await order({ id, model: modelOf(work) });
        return id;
      },
      stored: async (id) => Number(await order({ id })),
      async close() {
        await worker.kill();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

// ---

type Channel = Awaited<ReturnType<typeof startChild>>['process'];

interface Answer {
  readonly number: number;
  readonly value?: unknown;
  readonly error?: string;
}

function ordersOf(child: Channel): (order: { id: string; model?: string }) => Promise<unknown> {
  const open = new Map<number, (answer: Answer) => void>();
  let last = 0;
  child.on('message', (answer: Answer) => {
    open.get(answer.number)?.(answer);
    open.delete(answer.number);
  });
  return (order) =>
    new Promise((done, fail) => {
      const number = ++last;
      open.set(number, ({ value, error }) => (error === undefined ? done(value) : fail(new Error(error))));
      child.send({ number, ...order });
    });
}
