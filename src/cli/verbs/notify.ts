/** `rookery notify test`: sends a test notice through each channel of `[notify]`, and says which of them work. */
import { randomUUID } from 'node:crypto';
import { channelSettings, hasChannels } from '../../config/notify-settings.js';
import { RookeryError, sentenceOf } from '../../domain/errors.js';
import { noticeOf, type TaskNotice } from '../../domain/notice.js';
import { visibleLine } from '../../domain/visible.js';
import { makeDirectory } from '../../files/atomic-write.js';
import { channelsOf } from '../../notify/channels.js';
import type { Channel } from '../../notify/options.js';
import { EXIT, type ExitCode } from '../exit.js';
import { noSuchAction, openSession, type Session, type VerbOptions, type VerbSpec } from '../session.js';

export const spec: VerbSpec = {
  words: '<action>',
  help: 'With `test`, sends a test notice through each channel that [notify] of your config.toml names.',
  examples: ['rookery notify test'],
  run,
};

async function run([action]: string[], options: VerbOptions): Promise<ExitCode> {
  if (action !== 'test') throw noSuchAction('notify', [action], 'Write `rookery notify test`');
  const session = await openSession(options);
  const { out } = session;
  const results = await testAll(session);
  if (out.json) out.value({ results });
  else
    for (const { id, ok, message } of results)
      out.line(visibleLine(`${id.padEnd(8)} ${ok ? 'ok' : `failed: ${message}`}`));
  return results.every(({ ok }) => ok) ? EXIT.done : EXIT.environment;
}

// ---

interface ChannelResult {
  readonly id: string;
  readonly ok: boolean;
  readonly status: 'ok' | 'failed';
  readonly message?: string;
}

async function testAll({ settings, env, out, paths }: Session): Promise<ChannelResult[]> {
  const { value } = settings.notify;
  const rings = value.bell && out.live;
  if (!hasChannels(value) && !rings) {
    throw new RookeryError('environment', 'No channel is configured: nothing tells you of your tasks', {
      hint: 'Add [notify] with command, webhook or desktop to your config.toml',
    });
  }
  if (rings) out.bell();
  await makeDirectory(paths.workdir);
  const { notify, problem } = channelSettings(value, env);
  const channels = channelsOf(notify, undefined, { env, cwd: paths.workdir });
  const notice = testNotice();
  return [
    ...(await Promise.all(channels.map((channel) => tested(channel, notice)))),
    ...(problem === undefined ? [] : [failed('webhook', problem)]),
    ...(rings ? [worked('bell')] : []),
  ];
}

async function tested(channel: Channel, notice: TaskNotice): Promise<ChannelResult> {
  try {
    await channel.send(notice);
    return worked(channel.name);
  } catch (error) {
    return failed(channel.name, sentenceOf(error));
  }
}

function worked(id: string): ChannelResult {
  return { id, ok: true, status: 'ok' };
}

function failed(id: string, message: string): ChannelResult {
  return { id, ok: false, status: 'failed', message };
}

function testNotice(): TaskNotice {
  const id = `test/${randomUUID()}`;
  const source = { task: 'test', prompt: 'rookery notify test', at: Date.now(), redact: (text: string) => text };
  return noticeOf({ type: 'done', id, result: 'This is a test notice' }, source);
}
