/** The worker of a user as a process of its own, with the plugin of the build: argv[2] is a JSON object with where it works, and its bundle. Says `ready` once. */
import { NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { BackgroundTasksPlugin } from '../../dist/src/plugin.js';

const { address, namespace, bundle, ...settings } = JSON.parse(process.argv[2]);
const silent = () => undefined;
Runtime.install({ logger: { log: silent, trace: silent, debug: silent, info: silent, warn: silent, error: silent } });
const plugin = await BackgroundTasksPlugin.create({ ...settings, env: process.env });
const worker = await Worker.create({
  connection: await NativeConnection.connect({ address }),
  namespace,
  taskQueue: 'rookery',
  workflowBundle: { codePath: bundle },
  activities: { note: async (text) => text },
  plugins: [plugin],
});
const running = worker.run();
process.stdout.write('ready\n');
await running;
