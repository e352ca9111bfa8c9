/** What goes to the activity that tells a notifier, and comes back. Types only. */
import type { NoticeEvent } from './notice.js';
import type { TaskInput } from './protocol.js';

export interface NotifyInput {
  readonly event: NoticeEvent;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** The signed start, sent when a worker asked for it. */
  readonly start?: TaskInput;
}

/** `needed`: the worker has not seen the start of this run. `none`: it has no notifier for this event. */
export interface NotifyResult {
  readonly kind: 'told' | 'needed' | 'none';
}
