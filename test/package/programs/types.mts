/** What a TypeScript program names of the package; it is compiled, not run. */
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { type BackgroundTasksOptions, BackgroundTasksPlugin, defineTool, statusQuery, type TaskResult } from 'rookery';
import { backgroundTask, executeBackgroundTask } from 'rookery/workflows';
import { z } from 'zod';

export const tool = defineTool({
  name: 'double',
  description: 'Doubles a number.',
  input: z.strictObject({ number: z.number() }),
  effect: 'read',
  run: async ({ number }) => ({ outcome: 'ok', content: `${number * 2}` }),
});

export async function parent(): Promise<string | null | undefined> {
  const { result }: TaskResult = await executeBackgroundTask({ prompt: 'x' });
  return result;
}

export async function main(options: BackgroundTasksOptions): Promise<string> {
  const plugin = await BackgroundTasksPlugin.create({ ...options, tools: [tool] });
  const worker = await Worker.create({
    connection: await NativeConnection.connect(),
    taskQueue: 'q',
    plugins: [plugin],
  });
  const client = new Client({ connection: await Connection.connect(), plugins: [plugin] });
  return worker.runUntil(async () => {
    const start = { taskQueue: 'q', workflowId: 'id', args: [{ prompt: 'x' }] as [{ prompt: string }] };
    const handle = await client.workflow.start(backgroundTask, start);
    return (await handle.query(statusQuery)).record.state.kind;
  });
}
