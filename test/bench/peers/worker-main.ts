/** The worker of the peers as a process of its own, with the SDK's defaults. Says `ready` over the channel once. */
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';

const { address, bundle, taskQueue, peer, ...settings } = JSON.parse(process.argv[2] ?? '{}');
Runtime.install({
  logger: new DefaultLogger('ERROR'),
  telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' } } },
});
const connection = await NativeConnection.connect({ address });
const worker = await Worker.create({
  connection,
  taskQueue,
  workflowBundle: { codePath: bundle },
  activities: await activitiesOf(),
});
process.on('disconnect', () => process.exit(0));
const running = worker.run();
process.send?.('ready');
await running;
await connection.close();
process.exit(0);

// ---

/** A raw peer has nothing of the product in its process. */
async function activitiesOf(): Promise<object> {
  if (peer !== 'bareWithAdapter') return (await import('./activities.js')).createPeerActivities(settings);
  return (await import('./adapter-activities.js')).createAdapterActivities(settings);
}
