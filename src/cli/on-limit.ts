/** Whether a new task waits at a limit: as the settings say, else where a person can answer. */
import { channelSettings, hasChannels } from '../config/notify-settings.js';
import type { TaskInput } from '../domain/protocol.js';
import type { Session } from './session.js';

/** `asksHere`: this command asks a person at its terminal. */
export function onLimit(session: OnLimitSession, asksHere: boolean): Pick<TaskInput, 'on_limit'> {
  const { value } = session.settings.on_limit;
  const what = value ?? (asksHere || isTold(session) ? 'ask' : 'fail');
  // What is left out fails.
  return what === 'ask' ? { on_limit: what } : {};
}

// ---

type OnLimitSession = Pick<Session, 'settings' | 'env'>;

/** Whether a person is told, wherever they are, that a task waits for them: by a channel that works from here. */
function isTold({ settings, env }: OnLimitSession): boolean {
  const { notify } = channelSettings(settings.notify.value, env);
  return hasChannels(notify) && notify.events.includes('needs_you');
}
