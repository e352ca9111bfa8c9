/** How a notice leaves the host: the programs, and the webhook with its signature. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { noticeOf, type TaskNotice } from '../../src/domain/notice.js';
import { channelsOf, missingPrograms } from '../../src/notify/channels.js';
import { DESKTOP_PROGRAM, desktopCommand } from '../../src/notify/desktop.js';
import type { NotifyOptions } from '../../src/notify/options.js';
import { type NoticeReceiver, openNoticeReceiver, SECRET } from '../support/notice-receiver.js';

let cwd: string;
let receiver: NoticeReceiver;
beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'rookery-notify-'));
  receiver = await openNoticeReceiver();
});
afterAll(async () => {
  await receiver.close();
  rmSync(cwd, { recursive: true, force: true });
});

const redact = (text: string): string => text.replaceAll('top-secret', '[key]');
const NOTICE = noticeOf(
  { type: 'needs_you', id: 'event-1', need: 'approval', call: 'c1', reason: 'approval of shell: it writes top-secret' },
  { task: 'task-1', prompt: 'Ship top-secret\nwith care', at: 0, redact },
);

async function send(options: NotifyOptions, notice: TaskNotice = NOTICE): Promise<void> {
  const place = { env: { ...process.env, SOME_KEY: 'value' }, cwd };
  for (const channel of channelsOf(options, undefined, place)) await channel.send(notice);
}

test('a notice says what the task waits for and the command to type, without secrets', () => {
  expect(NOTICE).toEqual({
    ...{ type: 'needs_you', id: 'event-1', need: 'approval', call: 'c1', task: 'task-1' },
    reason: 'approval of shell: it writes [key]',
    title: 'Ship [key]',
    at: '1970-01-01T00:00:00.000Z',
    command: 'rookery approve task-1, or rookery deny task-1',
    text: 'Ship [key]: needs you: approval of shell: it writes [key]. rookery approve task-1, or rookery deny task-1',
  });
});

describe('a command', () => {
  test('gets the notice as JSON on stdin, its arguments as they are, and none of the keys', async () => {
    const script =
      'const { writeFileSync } = require("fs"); const lines = []; process.stdin.on("data", (d) => lines.push(d)).on("end", () => writeFileSync("told.json", JSON.stringify([process.argv.slice(1), JSON.parse(lines.join("")), process.env.SOME_KEY ?? null])))';
    await send({ command: [process.execPath, '-e', script, '$(touch expanded); a b'] });
    expect(JSON.parse(readFileSync(join(cwd, 'told.json'), 'utf8'))).toEqual([
      ['$(touch expanded); a b'],
      NOTICE,
      null,
    ]);
    expect(existsSync(join(cwd, 'expanded'))).toBe(false);
  });

  test('that fails says why', async () => {
    await expect(send({ command: ['/bin/sh', '-c', 'echo one >&2; echo no network >&2; exit 3'] })).rejects.toThrow(
      'it ended with 3: no network',
    );
    await expect(send({ command: ['/does/not/exist'] })).rejects.toThrow(/could not be started/);
  });

  test('that hangs is ended with all that it started', async () => {
    const hanging = 'sleep 300 & echo $! > child; wait';
    await expect(send({ command: ['/bin/sh', '-c', hanging], commandMs: 500 })).rejects.toThrow(
      'it took longer than 0.5 s and was ended',
    );
    const child = Number(readFileSync(join(cwd, 'child'), 'utf8'));
    expect(stateOf(child)).toMatch(/^(|Z)$/);
  });

  test('that does not read its input has told it all the same', async () => {
    await send({ command: ['/bin/true'] }, { ...NOTICE, text: 'x'.repeat(1_000_000) });
  });

  test('that is not there is named', () => {
    const place = { env: { PATH: '/usr/bin:/bin' }, cwd };
    expect(missingPrograms({ command: ['no-such-program'] }, place)).toEqual([
      { channel: 'command', program: 'no-such-program' },
    ]);
    expect(missingPrograms({ command: ['sh'] }, place)).toEqual([]);
  });
});

describe('a webhook', () => {
  const webhook = () => ({ url: receiver.url, secret: SECRET });

  test('is signed, with the id of the event', async () => {
    await send({ webhook: webhook() });
    expect(receiver.received.at(-1)).toEqual({ notice: NOTICE, id: 'event-1', isSigned: true });
  });

  test('that answers with an error or with a redirect has failed', async () => {
    receiver.answers.push(500, 302);
    await expect(send({ webhook: webhook() })).rejects.toThrow('127.0.0.1 answered with 500');
    const before = receiver.received.length;
    await expect(send({ webhook: webhook() })).rejects.toThrow('127.0.0.1 answered with 302');
    expect(receiver.received).toHaveLength(before + 1);
  });

  test('that is not there has failed, and the secret is not in the error', async () => {
    const away = { webhook: { url: 'http://127.0.0.1:9/', secret: SECRET } };
    await expect(send(away)).rejects.toThrow(/^(?!.*whsec).*refused/);
  });
});

/** Of a process, as /proc has it; empty when there is none. */
function stateOf(pid: number): string {
  const path = `/proc/${pid}/stat`;
  return existsSync(path) ? (/\) (\w) /.exec(readFileSync(path, 'latin1'))?.[1] ?? '') : '';
}

test('texts of the desktop are arguments, never markup or a script', () => {
  const argv = desktopCommand({ ...NOTICE, title: '--icon=x', text: '<b>"now" & then</b>\u001b[2J' });
  expect(argv[0]).toBe(DESKTOP_PROGRAM);
  expect(argv.join('\n')).not.toMatch(/<b>|\u001b/);
  expect(argv.some((word) => word.startsWith('--icon'))).toBe(false);
});
