/** What the activities of one worker share, in memory only: losing it costs a re-send, never work. */
import { Conversations } from './conversations.js';
import type { ActivityDeps } from './deps.js';
import { Door } from './door.js';
import { InlineCalls } from './inline.js';

export interface Shared {
  readonly door: Door;
  readonly conversations: Conversations;
  readonly inline: InlineCalls;
}

export function createShared(deps: ActivityDeps): Shared {
  return { door: new Door(deps), conversations: new Conversations(), inline: new InlineCalls(deps) };
}
