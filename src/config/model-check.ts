/**
 * Asks the provider of a choice whether it has the model, with the keys, endpoints and proxy of this process. A separate
 * module, because few verbs need HTTP. Decides nothing; remembers which choices a provider has confirmed.
 */
import { readFileSync } from 'node:fs';
import { type Provider, providerRow } from '../domain/provider.js';
import { replaceTextFile } from '../files/atomic-write.js';
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

/** @returns the package that a provider needs and that is not installed beside this one; undefined when nothing is missing */
export function missingPackage(
  provider: Provider,
  resolve: (name: string) => unknown = (name) => import.meta.resolve(name),
): string | undefined {
  const name = providerRow(provider).package;
  if (name === undefined) return undefined;
  try {
    resolve(name);
    return undefined;
  } catch {
    return name;
  }
}

/** Whether the replies of a choice will have a cost. */
export function isCostKnown(choice: Chosen, settings: Settings, env: NodeJS.ProcessEnv): boolean {
  const { provider, model, endpoint } = choice;
  if (provider === 'demo') return true;
  const ring = keyRing(settings, env);
  const { baseUrl } = addressOf(provider, endpoint ?? ring.endpoints[provider], ring.variables);
  return hasPrice({ provider, model, baseUrl }, settings.prices.value);
}

/** Choices that a provider has confirmed before: kept in a file, the newest last. */
export class ConfirmedModels {
  constructor(private readonly path: string) {}

  has(choice: Chosen): boolean {
    return this.#names().includes(nameOf(choice));
  }

  /** On failure the next submission asks again. */
  async add(choice: Chosen): Promise<void> {
    const names = [...this.#names().filter((name) => name !== nameOf(choice)), nameOf(choice)];
    await replaceTextFile(this.path, JSON.stringify(names.slice(-KEPT)), { sync: false }).catch(() => undefined);
  }

  #names(): string[] {
    try {
      const value: unknown = JSON.parse(readFileSync(this.path, 'utf8'));
      return Array.isArray(value) ? value.filter((name) => typeof name === 'string') : [];
    } catch {
      return [];
    }
  }
}

// ---

const KEPT = 200;

function nameOf({ provider, model, endpoint = '' }: Chosen): string {
  return [provider, endpoint, model].join(' ');
}
