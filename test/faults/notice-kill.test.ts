/** kill -9 of a worker while it tells of a task: the event arrives, and no channel that has told it tells it again. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inOrder } from '../support/book.js';
import { type NoticeReceiver, openNoticeReceiver, SECRET } from '../support/notice-receiver.js';
import { type Rig, startRig } from '../support/rig.js';
import { until } from '../support/until.js';
import { spawnWorker, type WorkerProcess } from '../support/worker-process.js';

let receiver: NoticeReceiver;
let rig: Rig;
let worker: WorkerProcess;

/** Says that it was called, and hangs the first time. */
const SLOW_ONCE = 'cat > /dev/null; echo called >> calls; [ "$(wc -l < calls)" -gt 1 ] || exec sleep 300';

async function start(): Promise<void> {
  const { address, namespace, workspace, paths } = rig;
  const notify = {
    webhook: { url: receiver.url, secret: SECRET },
    command: ['/bin/sh', '-c', SLOW_ONCE],
    commandMs: 60_000,
  };
  worker = await spawnWorker({ address, namespace, workspace, workdir: paths.workdir, notify });
}

beforeAll(async () => {
  receiver = await openNoticeReceiver();
  rig = await startRig({ worker: false });
  await start();
});
afterAll(async () => {
  await worker.kill();
  await rig.stop();
  await receiver.close();
});

/** How often the command was called. */
function calls(): number {
  const path = join(rig.paths.workdir, 'calls');
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').length - 1 : 0;
}

test('the worker dies between two channels: the next one tells the rest alone', async () => {
  const task = await rig.start(inOrder({ status: 401 }));
  await until(() => receiver.of(task.id).length === 1 && calls() === 1, { what: 'one has told, the other hangs' });
  const noted = () => readNotes().some((text) => text.includes('"webhook"'));
  await until(noted, { what: 'the note says so' });
  await worker.kill();
  await start();
  await until(() => calls() === 2, { what: 'the command is called again' });
  await until(() => readNotes().some((text) => /"told":\["webhook","command"\]/.test(text)), {
    what: 'both have told',
  });
  expect(receiver.of(task.id)).toHaveLength(1);
  await task.handle.cancel();
  await task.failure();
});

test('the worker dies while it tells of the end: the next one tells it, and the task ends', async () => {
  receiver.answers.push('hang');
  const task = await rig.start(inOrder({ content: 'Done.' }));
  await until(() => receiver.of(task.id).length === 1, { what: 'the receiver hangs' });
  await worker.kill();
  await start();
  expect(await task.result()).toMatchObject({ status: 'Completed' });
  await until(() => receiver.of(task.id).length === 2, { what: 'it is told again' });
  expect(new Set(receiver.of(task.id).map(({ id }) => id)).size).toBe(1);
});

// ---

function readNotes(): string[] {
  const directory = rig.paths.notices;
  const names = existsSync(directory) ? readdirSync(directory).filter((name) => !name.startsWith('.')) : [];
  return names.map((name) => readFileSync(join(directory, name), 'utf8'));
}
