/** Whether a new task waits at a limit: as the settings say, else where a person can answer. */
import { hasChannels } from '../config/notify-settings.js';
import type { Settings } from '../config/settings.js';
import type { TaskInput } from '../domain/protocol.js';
import type { Session } from './session.js';

/** `asksHere`: this command asks a person at its terminal. */
export function onLimit({ settings }: Session, asksHere: boolean): Pick<TaskInput, 'on_limit'> {
  const { value } = settings.on_limit;
  const what = value ?? (asksHere || isNotified(settings) ? 'ask' : 'fail');
  // What is left out fails.
  return what === 'ask' ? { on_limit: what } : {};
}

// ---

/** Whether a person is told, wherever they are, that a task needs them. */
function isNotified({ notify }: Settings): boolean {
  return hasChannels(notify.value);
}
