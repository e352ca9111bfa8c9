/**
 * A worker as a process of its own, from the build, with an activity of a user as a tool: it appends a line to a file and then
 * hangs. argv[2] is a JSON object with where it works. Says `ready` once.
 */
import { appendFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Context } from '@temporalio/activity';
import { NativeConnection, Worker } from '@temporalio/worker';
import { z } from 'zod';
import { activityTool, BackgroundTasksPlugin } from '../../dist/src/index.js';

const { address, namespace, ...settings } = JSON.parse(process.argv[2]);
const common = {
  description: 'Of the test.',
  parameters: z.strictObject({ file: z.string() }),
  effect: 'network',
  activity: 'append',
};
const tools = [
  activityTool({ ...common, name: 'append' }),
  activityTool({ ...common, name: 'append_at_bank', taskQueue: 'bank' }),
];
const plugin = await BackgroundTasksPlugin.create({
  ...settings,
  tools,
  sandbox: 'off',
  defaultChoice: { provider: 'demo', model: 'demo' },
});
const worker = await Worker.create({
  connection: await NativeConnection.connect({ address }),
  namespace,
  taskQueue: 'rookery',
  workflowBundle: { codePath: resolve('dist/workflow-bundle.js') },
  plugins: [plugin],
  activities: {
    async append({ file }) {
      appendFileSync(file, `${Context.current().info.activityId}\n`);
      await Context.current().cancelled;
    },
  },
});
const running = worker.run();
process.stdout.write('ready\n');
await running;
