/** A worker as a process of its own, from the build: argv[2] is a JSON object with where it works. Says `ready` once. SIGUSR2 blocks its event loop. */
import { createFetch } from '../../dist/src/models/network.js';
import { BackgroundTasksPlugin } from '../../dist/src/plugin.js';
import { runWorker } from '../../dist/src/worker/run-worker.js';

const { address, namespace, network, blockMs = 0, ...settings } = JSON.parse(process.argv[2]);
settings.defaultChoice ??= { provider: 'demo', model: 'demo' };
if (network) settings.models = { ...settings.models, fetch: createFetch(network) };
process.on('SIGUSR2', () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, blockMs));
const silent = () => undefined;
const logger = { log: silent, trace: silent, debug: silent, info: silent, warn: silent, error: silent };
await runWorker({
  plugin: await BackgroundTasksPlugin.create({ ...settings, env: process.env }),
  logger,
  address,
  namespace,
  onReady: async () => {
    process.stdout.write('ready\n');
  },
});
