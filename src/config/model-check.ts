/**
 * Asks the provider of a choice whether it has the model, with the keys, endpoints and proxy of this process. A separate
 * module, because few verbs need HTTP. Decides nothing.
 */
import type { Provider } from '../domain/provider.js';
import { addressOf } from '../models/connection.js';
import { lookUpModel, type ModelLookup } from '../models/listing/list-models.js';
import { hasPrice } from '../models/prices/prices.js';
import type { Chosen } from './choose-model.js';
import { modelSettings } from './model-settings.js';
import { keyRing } from './providers.js';
import type { Settings } from './settings.js';

export type RemoteChoice = Chosen & { readonly provider: Exclude<Provider, 'demo'> };

/** Throws `missing_key` and `usage` as the first request would. */
export function askForModel(choice: RemoteChoice, settings: Settings, env: NodeJS.ProcessEnv): Promise<ModelLookup> {
  const { fetch = globalThis.fetch, ...ring } = modelSettings(settings, env);
  return lookUpModel(choice, { ...ring, fetch, trustedEndpoint: choice.endpoint_origin === 'user' });
}

/** Whether the replies of a choice will have a cost. */
export function isCostKnown(choice: Chosen, settings: Settings, env: NodeJS.ProcessEnv): boolean {
  const { provider, model, endpoint } = choice;
  if (provider === 'demo') return true;
  const ring = keyRing(settings, env);
  const { baseUrl } = addressOf(provider, endpoint ?? ring.endpoints[provider], ring.variables);
  return hasPrice({ provider, model, baseUrl }, settings.prices.value);
}
