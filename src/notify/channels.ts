/** The channels of a notifier, and what keeps one of them from working here. */
import { unlessAborted } from '../domain/abort.js';
import type { Environment } from '../processes/command-environment.js';
import { DESKTOP_PROGRAM, desktopCommand } from './desktop.js';
import type { Channel, Notifier, NotifyOptions } from './options.js';
import { findProgram, runProgram } from './run-program.js';
import { createWebhook } from './webhook.js';

export interface ChannelPlace {
  readonly env: Environment;
  /** Where programs are started: a directory of the user that no task changes. */
  readonly cwd: string;
}

export function channelsOf(
  { command, commandMs = PROGRAM_MS, webhook, desktop = false }: NotifyOptions,
  notifier: Notifier | undefined,
  place: ChannelPlace,
): Channel[] {
  return [
    ...(command ? [programChannel('command', () => command, { ...place, ms: commandMs })] : []),
    ...(webhook ? [createWebhook(webhook)] : []),
    ...(desktop ? [programChannel('desktop', desktopCommand, { ...place, ms: PROGRAM_MS })] : []),
    ...(notifier ? [ownChannel(notifier)] : []),
  ];
}

/** Programs of the settings that are not there, by channel. */
export function missingPrograms(
  { command, desktop }: Pick<NotifyOptions, 'command' | 'desktop'>,
  { env, cwd }: ChannelPlace,
): readonly { readonly channel: string; readonly program: string }[] {
  const wanted = [
    ...(command ? [{ channel: 'command', program: command[0] ?? '' }] : []),
    ...(desktop ? [{ channel: 'desktop', program: DESKTOP_PROGRAM }] : []),
  ];
  return wanted.filter(({ program }) => findProgram(program, env, cwd) === undefined);
}

// ---

const PROGRAM_MS = 10_000;
const OWN_MS = 30_000;

type ArgvOf = typeof desktopCommand | (() => readonly string[]);

function programChannel(name: string, argvOf: ArgvOf, place: ChannelPlace & { readonly ms: number }): Channel {
  return {
    name,
    send: (notice) => runProgram({ argv: argvOf(notice), input: `${JSON.stringify(notice)}\n`, ...place }),
  };
}

/** It cannot be stopped: after its time it counts as failed. */
function ownChannel(notifier: Notifier): Channel {
  return {
    name: 'notifier',
    send: (notice) => unlessAborted((async () => notifier.notify(notice))(), AbortSignal.timeout(OWN_MS)),
  };
}
