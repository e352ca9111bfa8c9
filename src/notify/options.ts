/** What a notifier is made of: the channels of the settings, and the user's own object. Types only. */
import type { NoticeType, TaskNotice } from '../domain/notice.js';
import type { ProxySettings } from '../domain/proxies.js';

/** How people learn of a task: an object of your own. What it throws is tried again. */
export interface Notifier {
  notify(notice: TaskNotice): void | Promise<void>;
}

/** Channels that the worker has built in. Each notice goes to all of them. */
export interface NotifyOptions {
  /** Program and arguments, without a shell: gets the notice as JSON on stdin. */
  readonly command?: readonly string[];
  /** How long the command may take, in milliseconds. Default: 10,000. */
  readonly commandMs?: number;
  readonly webhook?: WebhookOptions;
  /** A notification of the desktop, by `notify-send` or `osascript`. Default: false. */
  readonly desktop?: boolean;
  /** Which notices. Default: all but `cancelled`. Holds for `notifier` too. */
  readonly events?: readonly NoticeType[];
  /** After how many milliseconds without a change a task counts as stalled. Default: 15 minutes. */
  readonly stalledMs?: number;
}

export interface WebhookOptions {
  readonly url: string;
  /** Signs each request as standard-webhooks does. `whsec_` and base64, or any text. */
  readonly secret: string;
  readonly proxy?: ProxySettings;
}

/** One way to tell a person. */
export interface Channel {
  /** As the settings spell it. */
  readonly name: string;
  /** Throws, with one sentence, when the notice could not be told. */
  send(notice: TaskNotice): Promise<void>;
}
