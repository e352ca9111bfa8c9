/**
 * Opens models: binds choices to connections and keys, and builds the chain. The only entry point of this folder for
 * others, apart from the port. Reads no environment: what it may use is in its settings.
 */
import { RookeryError } from '../domain/errors.js';
import type { Adapter } from '../domain/provider.js';
import { available, connectProvider, type KeyRing, type ProviderConnection, secretsIn } from './connection.js';
import type { RequestMessage } from './converse.js';
import { demoModel } from './demo/demo.js';
import type { Send } from './exchange.js';
import { fallback, mostUseful } from './fallback.js';
import { learnedLimits } from './learned.js';
import type { Model, ModelChoice, Models } from './model.js';
import { createFetch } from './network.js';
import { type OwnPrices, withCost } from './prices/prices.js';
import { loadSdk, providerModel } from './provider-model.js';

export interface ModelSettings extends KeyRing {
  /** Default: one without proxy. */
  readonly fetch?: Send;
  /** For tests: answers in the place of every provider; `scriptedModel` of `rookery/testing` makes one. Default: none. */
  readonly scripted?: Model;
  /** Models without native tools: `model` or `provider:model`. */
  readonly textProtocol?: readonly string[];
  /** The user's own prices, before those of the price list. */
  readonly prices?: OwnPrices;
}

export function createModels(settings: ModelSettings): Models {
  const fetch = settings.fetch ?? createFetch({});
  // A worker that begins has time to load it while it waits for its server; a question would have to wait for it.
  loadSdk(configured(settings)).catch(() => undefined);
  const limits = learnedLimits(settings.textProtocol ?? []);
  const secrets = secretsIn(settings);

  const opened = new Map<string, Model>();
  const openOne = (choice: ModelChoice, trusted: boolean): Model => {
    if (settings.scripted) return settings.scripted;
    const { provider } = choice;
    if (provider === 'demo') return demoModel();
    const key = JSON.stringify([provider, choice.model, choice.endpoint, trusted]);
    const known = opened.get(key);
    if (known) return known;
    const connection = connectProvider({ ...choice, provider }, settings, trusted);
    const model = withCost(providerModel(lineTo(connection, secrets, fetch), limits), connection, settings.prices);
    // Tasks name the models, so there may be any number of them.
    if (opened.size === MOST_OPENED) opened.clear();
    opened.set(key, model);
    return model;
  };

  return {
    open: (chain, { trustedEndpoint }) => openChain(chain, (choice) => openOne(choice, trustedEndpoint)),
    available: () => available(settings),
  };
}

// --- internal ---

/** A worker uses a few. */
const MOST_OPENED = 100;

/** The adapters of the providers that the worker has a key or an address for; without any, of those that need no key. */
function configured(settings: KeyRing): Adapter[] {
  const { keys, endpoints } = settings;
  const adapters = available(settings).flatMap((provider): Adapter[] => {
    if (provider === 'demo' || !(keys[provider]?.trim() || endpoints[provider])) return [];
    return [connectProvider({ provider, model: '' }, settings, true).adapter];
  });
  return adapters.length > 0 ? [...new Set(adapters)] : ['chat'];
}

function lineTo(connection: ProviderConnection, secrets: readonly string[], fetch: Send): RequestMessage {
  const { provider, origin, model, key } = connection;
  return { connection, fetch, peer: { who: `${provider} at ${origin}`, model, keyed: key !== undefined, secrets } };
}

/** A choice without a key is left out while another one can be opened. */
function openChain(chain: readonly ModelChoice[], open: (choice: ModelChoice) => Model): Model {
  const models: Model[] = [];
  const missing: RookeryError[] = [];
  for (const choice of chain) {
    const error = keyMissing(() => models.push(open(choice)));
    if (error) missing.push(error);
  }
  if (models.length > 0) return fallback(models);
  throw mostUseful(missing) ?? new RookeryError('usage', 'no model is named');
}

function keyMissing(open: () => unknown): RookeryError | undefined {
  try {
    open();
    return undefined;
  } catch (error) {
    if (error instanceof RookeryError && error.code === 'missing_key') return error;
    throw error;
  }
}
