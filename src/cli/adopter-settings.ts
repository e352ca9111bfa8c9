/** The settings of the person who continues a task of which only its file is left. */
import { defaultModel } from '../config/providers.js';
import type { TaskFile } from '../domain/wire.js';
import type { Session } from './session.js';
import { taskSettings } from './task-input.js';

/** The file's provider and model are kept; endpoint, tools, workspace and limits come from this command. */
export async function adopterSettings(session: Session, { provider, model }: TaskFile) {
  if (provider === null || session.settings.provider.origin !== 'default')
    return withoutSystem(await taskSettings(session));
  // It brings the Temporal client, which the help of this verb does not need.
  const { keptProvider } = await import('../manager/adopt.js');
  const kept = keptProvider(provider);
  const { endpoint } = session.settings;
  return withoutSystem(
    await taskSettings(session, {
      provider: kept,
      model: model ?? defaultModel(kept),
      ...(endpoint.value === undefined ? {} : { endpoint: endpoint.value, endpoint_origin: 'user' as const }),
    }),
  );
}

// ---

/** The system prompt of the file is kept. */
function withoutSystem<T extends { system_prompt?: string }>({
  system_prompt: _,
  ...rest
}: T): Omit<T, 'system_prompt'> {
  return rest;
}
