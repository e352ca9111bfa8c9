/** `[notify]` of the user's own file: what the worker of the command tells, `notify test`, and the line of `doctor`. */
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { inOrder } from '../support/book.js';
import { type NoticeReceiver, openNoticeReceiver, SECRET } from '../support/notice-receiver.js';
import { type Bench, openClusterBench } from './support.js';

let bench: Bench;
let receiver: NoticeReceiver;
const SECRET_ENV = { HOOK_SECRET: SECRET };
beforeAll(async () => {
  receiver = await openNoticeReceiver();
  bench = await openClusterBench();
});
afterAll(async () => {
  await bench.close();
  await receiver.close();
});
beforeEach(() => configure(''));

const directory = () => join(bench.env.XDG_CONFIG_HOME ?? '', 'rookery');
async function configure(text: string): Promise<void> {
  await mkdir(directory(), { recursive: true });
  await writeFile(join(directory(), 'config.toml'), text);
}
const webhook = () => `[notify.webhook]\nurl = "${receiver.url}"\nsecret_env = "HOOK_SECRET"\n`;

describe('notify test', () => {
  test('says of each channel whether it works, and ends with 0 when all do', async () => {
    await configure(`[notify]\ncommand = ["/bin/sh", "-c", "cat > got.json"]\n${webhook()}`);
    const ran = await bench.run(['notify', 'test'], { env: SECRET_ENV });
    expect(ran).toMatchObject({ code: 0, stdout: 'command  ok\nwebhook  ok\n', stderr: expect.any(String) });
    expect(receiver.received.at(-1)).toMatchObject({ isSigned: true, notice: { task: 'test', type: 'done' } });
  });

  test('ends with 6 when one fails, with the reason', async () => {
    await configure(`[notify]\ncommand = ["/bin/sh", "-c", "echo no route >&2; exit 7"]\n${webhook()}`);
    const ran = await bench.run(['notify', 'test', '--json'], { env: SECRET_ENV });
    expect(ran.code).toBe(6);
    expect(JSON.parse(ran.stdout)).toEqual({
      results: [
        { id: 'command', ok: false, status: 'failed', message: 'it ended with 7: no route' },
        { id: 'webhook', ok: true, status: 'ok' },
      ],
    });
  });

  test('without the secret of the webhook, or a channel at all, ends with 6; another action with 2', async () => {
    expect(await bench.run(['notify', 'test'])).toMatchObject({
      ...{ code: 6, stdout: '' },
      stderr: expect.stringContaining('No channel is configured'),
    });
    expect(await bench.run(['notify', 'all'])).toMatchObject({ code: 2 });
    await configure(webhook());
    expect(await bench.run(['notify', 'test'])).toMatchObject({
      ...{ code: 6, stdout: 'webhook  failed: The variable HOOK_SECRET has no secret of the webhook\n' },
    });
  });
});

test('the secret may be in a file that only the user reads, beside the settings', async () => {
  await configure(webhook().replace('secret_env = "HOOK_SECRET"', 'secret_file = "hook.secret"'));
  await writeFile(join(directory(), 'hook.secret'), `${SECRET}\n`, { mode: 0o600 });
  expect(await bench.run(['notify', 'test'])).toMatchObject({ code: 0, stdout: 'webhook  ok\n' });
  expect(receiver.received.at(-1)?.isSigned).toBe(true);
  await chmod(join(directory(), 'hook.secret'), 0o644);
  const ran = await bench.run(['notify', 'test']);
  expect(ran).toMatchObject({ code: 6, stdout: expect.stringContaining('can be read by others') });
});

test('doctor has a line where a channel is configured, and says what is missing', async () => {
  const line = async (env = {}) =>
    (await bench.run(['doctor'], { env })).stdout.split('\n').filter((one) => / notify /.test(one));
  expect(await line()).toEqual([]);
  await configure(`[notify]\ncommand = ["no-such-program"]\n${webhook()}`);
  expect(await line()).toEqual([
    expect.stringMatching(
      /^FAIL notify +command: there is no program no-such-program; webhook: The variable HOOK_SECRET has no/,
    ),
  ]);
  await configure(`[notify]\ncommand = ["sh"]\n${webhook()}`);
  expect(await line(SECRET_ENV)).toEqual([expect.stringMatching(/^ok {3}notify +command, webhook; try it with/)]);
});

test('the worker tells of the tasks, a project has no say in it', async () => {
  await configure(webhook());
  const project = join(bench.workspace, 'rookery.toml');
  await writeFile(project, '[notify]\ncommand = ["touch", "planted"]\n');
  const flags = bench.model(inOrder({ content: 'It is done.' }));
  const ran = await bench.run(['run', ...flags, 'Look.'], { env: SECRET_ENV });
  expect(ran).toMatchObject({ code: 0, stderr: expect.stringContaining('ignored: notify.command') });
  const told = receiver.received.filter(({ notice }) => notice.title === 'Look.');
  expect(told).toMatchObject([{ isSigned: true, notice: { type: 'done', result: 'It is done.' } }]);
  await bench.run(['config', '--trust']);
  expect(await bench.run(['list'])).toMatchObject({
    ...{ code: 2, stderr: expect.stringContaining('sets notify.command, which counts only in your own config.toml') },
  });
});
