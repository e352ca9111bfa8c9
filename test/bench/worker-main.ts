/**
 * Rookery's worker as a process of its own, as `rookery worker` runs it. Says `ready` over the channel once, and on request
 * what it has done. `mirror: false` leaves the files alone, to see what they cost.
 */
import { MirrorWriter } from '../../src/mirror/writer.js';
import { BackgroundTasksPlugin } from '../../src/plugin.js';
import { runWorker } from '../../src/worker/run-worker.js';

const { address, mirror, ...settings } = JSON.parse(process.argv[2] ?? '{}');
const silent = (): void => undefined;
const logger = { log: silent, trace: silent, debug: silent, info: silent, warn: silent, error: silent };

let writes = 0;
const { write } = MirrorWriter.prototype;
MirrorWriter.prototype.write = async function counted(state) {
  writes++;
  return mirror === false ? undefined : write.call(this, state);
};

const defaultChoice = { provider: 'demo', model: 'demo' } as const;
const plugin = await BackgroundTasksPlugin.create({ defaultChoice, ...settings, env: process.env });
process.on('disconnect', () => process.exit(0));
process.on('message', () => process.send?.({ ...plugin.seen, writes }));
await runWorker({
  plugin,
  logger,
  address,
  namespace: 'default',
  onReady: async () => {
    process.send?.('ready');
  },
});
