/** A Temporal Schedule that starts a task every morning. Here it is triggered once, and removed. */
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { BackgroundTasksPlugin } from 'rookery';

const address = process.env.TEMPORAL_ADDRESS ?? '127.0.0.1:7233';
const namespace = process.env.TEMPORAL_NAMESPACE ?? 'default';
const taskQueue = 'mornings';
const here = (path) => fileURLToPath(new URL(path, import.meta.url));

const plugin = await BackgroundTasksPlugin.create({
  workdir: here('data'),
  workspace: here('.'),
  defaultChoice: { provider: 'demo', model: 'demo' },
});

const worker = await Worker.create({
  connection: await NativeConnection.connect({ address }),
  namespace,
  taskQueue,
  workflowsPath: fileURLToPath(import.meta.resolve('rookery/workflows')),
  plugins: [plugin],
});
// Its plugin signs the input of the schedule, for the workflow ids that the server makes from this one.
const client = new Client({ connection: await Connection.connect({ address }), namespace, plugins: [plugin] });

await worker.runUntil(async () => {
  const schedule = await client.schedule.create({
    scheduleId: `mornings-${Date.now()}`,
    spec: { calendars: [{ hour: 7 }] },
    action: {
      type: 'startWorkflow',
      workflowType: 'backgroundTask',
      workflowId: 'morning',
      args: [{ prompt: 'What is new in this folder?' }],
      taskQueue,
    },
  });
  await schedule.trigger();
  const { workflowId } = await started(schedule);
  const { result } = await client.workflow.getHandle(workflowId).result();
  console.log(result);
  console.log(`${workflowId}: Completed`);
  await schedule.delete();
});
await client.connection.close();

async function started(schedule) {
  for (;;) {
    const [latest] = (await schedule.describe()).info.recentActions;
    if (latest) return latest.action.workflow;
    await pause(100);
  }
}
