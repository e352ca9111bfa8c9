/**
 * `[notify]` of the user's settings file: how the user is told of tasks. A project has no say in it, because it runs a
 * program and sends what tasks are about. Holds the place of the secret, never the secret.
 */
import { dirname, resolve } from 'node:path';
import { RookeryError, sentenceOf } from '../domain/errors.js';
import { type NoticeType, STALLED_MS, USUAL_NOTICES } from '../domain/notice.js';
import type { ProxySettings } from '../domain/proxies.js';
import { proxySettingsOf } from '../domain/proxies.js';
import { readKeyFile } from '../files/key-file.js';
import { parseDuration } from './duration.js';
import type { ConfigFile } from './files.js';
import { mapSetting, type Setting } from './setting-origin.js';

export interface NotifySettings {
  readonly command?: readonly string[];
  /** Milliseconds. */
  readonly command_time: number;
  readonly webhook?: WebhookSettings;
  readonly desktop: boolean;
  /** Of the terminal that follows a task, with its title. */
  readonly bell: boolean;
  readonly events: readonly NoticeType[];
  /** Milliseconds. */
  readonly stalled_after: number;
}

export interface WebhookSettings {
  readonly url: string;
  /** A variable. */
  readonly secret_env?: string;
  /** Absolute path. */
  readonly secret_file?: string;
}

/** The channels that a worker has, as the plugin takes them. */
export interface ChannelSettings {
  readonly command?: readonly string[];
  readonly commandMs: number;
  readonly webhook?: { readonly url: string; readonly secret: string; readonly proxy: ProxySettings };
  readonly desktop: boolean;
  readonly events: readonly NoticeType[];
  readonly stalledMs: number;
}

export function notifySetting(project: ConfigFile | undefined, user: ConfigFile | undefined): Setting<NotifySettings> {
  const [name] = Object.keys(project?.settings.notify ?? {});
  if (project && name !== undefined) {
    throw new RookeryError('usage', `${project.path} sets notify.${name}, which counts only in your own config.toml`, {
      hint: 'Move it there, or remove it',
    });
  }
  const given = user?.settings.notify;
  if (!user || !given) return { value: DEFAULT, origin: 'default' };
  const setting = { value: given, origin: 'user file', source: `notify in ${user.path}` } as const;
  return mapSetting(setting, (table) => completed(table, dirname(user.path)));
}

/** Whether anything but a terminal is told. */
export function hasChannels({ command, webhook, desktop }: NotifySettings | ChannelSettings): boolean {
  return command !== undefined || webhook !== undefined || desktop;
}

/** `problem`: why there is no webhook, where the settings name one. */
export function channelSettings(
  { command, command_time, webhook, desktop, events, stalled_after }: NotifySettings,
  env: NodeJS.ProcessEnv,
): { readonly notify: ChannelSettings; readonly problem?: string } {
  const others = {
    ...(command ? { command } : {}),
    ...{ commandMs: command_time, desktop, events, stalledMs: stalled_after },
  };
  if (!webhook) return { notify: others };
  try {
    const signed = { url: webhook.url, secret: secretOf(webhook, env), proxy: proxySettingsOf(env) };
    return { notify: { ...others, webhook: signed } };
  } catch (error) {
    return { notify: others, problem: sentenceOf(error) };
  }
}

// ---

type Table = NonNullable<ConfigFile['settings']['notify']>;

const DEFAULT: NotifySettings = {
  command_time: 10_000,
  desktop: false,
  bell: true,
  events: USUAL_NOTICES,
  stalled_after: STALLED_MS,
};

function completed({ command, command_time, webhook, stalled_after, ...table }: Table, base: string): NotifySettings {
  const [program = '', ...args] = command ?? [];
  const duration = (text: string | undefined, name: 'command_time' | 'stalled_after'): object =>
    text === undefined ? {} : { [name]: parseDuration(text, `notify.${name}`) };
  return {
    ...DEFAULT,
    ...(table as Partial<NotifySettings>),
    ...(command ? { command: [program.includes('/') ? resolve(base, program) : program, ...args] } : {}),
    ...(webhook ? { webhook: webhookOf(webhook as WebhookSettings, base) } : {}),
    ...duration(command_time, 'command_time'),
    ...duration(stalled_after, 'stalled_after'),
  };
}

function webhookOf({ url, secret_env, secret_file }: WebhookSettings, base: string): WebhookSettings {
  if ((secret_env === undefined) !== (secret_file === undefined))
    return {
      url,
      ...(secret_file === undefined ? { secret_env } : { secret_file: resolve(base, secret_file) }),
    } as WebhookSettings;
  throw new RookeryError('usage', 'notify.webhook needs a secret from one place: secret_env or secret_file', {
    hint: 'Its requests are signed with it; make one with: openssl rand -hex 32',
  });
}

function secretOf({ secret_env, secret_file }: WebhookSettings, env: NodeJS.ProcessEnv): string {
  const secret = secret_env === undefined ? readKeyFile(secret_file ?? '', SECRET) : env[secret_env]?.trim();
  if (secret) return secret;
  const place = secret_env === undefined ? `The file ${secret_file}` : `The variable ${secret_env}`;
  throw new RookeryError('environment', `${place} has no ${SECRET}`, { hint: 'Set it, and restart the worker' });
}

const SECRET = 'secret of the webhook';
