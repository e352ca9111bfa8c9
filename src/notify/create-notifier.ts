/** The notifier of a worker: its channels, what they are told of, and the notes that make each event count once. */
import { type NoticeType, STALLED_MS, type TaskNotice, USUAL_NOTICES } from '../domain/notice.js';
import { type ChannelPlace, channelsOf } from './channels.js';
import type { Notifier, NotifyOptions } from './options.js';
import { Outbox, type OutboxOptions } from './outbox.js';

export interface HostNotifier {
  /** Empty: there is no notifier. */
  readonly events: readonly NoticeType[];
  /** After how many milliseconds without a change a task counts as stalled. */
  readonly stalledMs: number;
  /** Each event once by its id. Throws when it could not be told everywhere: a retry tells the rest. */
  tell(notice: TaskNotice): Promise<void>;
  /** Tells again what could not be told. Throws nothing. */
  sweep(): Promise<void>;
}

export interface NotifierContext extends ChannelPlace, Pick<OutboxOptions, 'directory' | 'announce'> {
  readonly options: NotifyOptions;
  readonly notifier: Notifier | undefined;
}

export function createNotifier({ options, notifier, env, cwd, ...notes }: NotifierContext): HostNotifier {
  const channels = channelsOf(options, notifier, { env, cwd });
  const outbox = new Outbox({ ...notes, channels });
  const { events = USUAL_NOTICES, stalledMs = STALLED_MS } = options;
  return {
    events: channels.length === 0 ? [] : events,
    stalledMs,
    tell: (notice) => outbox.tell(notice),
    sweep: () => (channels.length === 0 ? Promise.resolve() : outbox.sweep()),
  };
}
