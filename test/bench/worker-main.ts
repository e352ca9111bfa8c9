/** Rookery's worker as a process of its own, as `rookery worker` runs it. Says `ready` over the channel once. */
import { BackgroundTasksPlugin } from '../../src/plugin.js';
import { runWorker } from '../../src/worker.js';

const { address, ...settings } = JSON.parse(process.argv[2] ?? '{}');
const silent = (): void => undefined;
const logger = { log: silent, trace: silent, debug: silent, info: silent, warn: silent, error: silent };
process.on('disconnect', () => process.exit(0));
await runWorker({
  plugin: await BackgroundTasksPlugin.create({ ...settings, env: process.env }),
  logger,
  address,
  namespace: 'default',
  onReady: async () => {
    process.send?.('ready');
  },
});
