/** kill -9 of the worker inside a call that is an unsafe activity of a user: it runs once, wherever it runs. */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Context } from '@temporalio/activity';
import { NativeConnection, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inOrder } from '../support/book.js';
import { type Rig, startRig, type Task } from '../support/rig.js';
import { until } from '../support/until.js';
import { spawnWorker, type WorkerProcess } from '../support/worker-process.js';

let rig: Rig;
let worker: WorkerProcess;
const revive = async (): Promise<void> => {
  const { address, namespace, workspace, paths } = rig;
  worker = await spawnWorker({
    address,
    namespace,
    workspace,
    workdir: paths.workdir,
    main: 'delegated-worker-main.mjs',
  });
};
beforeAll(async () => {
  rig = await startRig({ worker: false });
  await revive();
});
afterAll(async () => {
  await worker.kill();
  await rig.stop();
});

function start(name: string): { task: Promise<Task>; file: string; lines: () => string[] } {
  const file = join(rig.workspace, `${name}.txt`);
  const calls = [{ id: 'a', name, args: { file } }];
  return {
    task: rig.start(inOrder({ calls }, { content: 'Done.' }), { allow: [name] }),
    file,
    lines: () => (existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []),
  };
}

async function outcomeOf(task: Task): Promise<unknown> {
  expect(await task.result()).toMatchObject({ status: 'Completed' });
  const message = (await task.transcript()).find(({ role }) => role === 'tool');
  return message?.role === 'tool' && [message.call, message.outcome];
}

test('in the worker that dies: the outcome is unknown, and no other worker runs it', async () => {
  const { task, lines } = start('append');
  await until(() => lines().length === 1, { what: 'the activity runs' });
  await worker.kill();
  await revive();
  expect(await outcomeOf(await task)).toEqual([lines()[0], 'unknown']);
  expect(lines()).toHaveLength(1);
});

test('in another worker, which lives: the task gets its result', async () => {
  const connection = await NativeConnection.connect({ address: rig.address });
  let finish = (): void => undefined;
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const bank = await Worker.create({
    ...{ connection, namespace: rig.namespace, taskQueue: 'bank' },
    activities: {
      async append({ file }: { file: string }) {
        appendFileSync(file, `${Context.current().info.activityId}\n`);
        await finished;
        return 'paid';
      },
    },
  });
  await bank.runUntil(async () => {
    const { task, lines } = start('append_at_bank');
    await until(() => lines().length === 1, { what: 'the activity runs' });
    await worker.kill();
    finish();
    await revive();
    expect(await outcomeOf(await task)).toEqual([lines()[0], 'ok']);
    expect(lines()).toHaveLength(1);
  });
  await connection.close();
});
