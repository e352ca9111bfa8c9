/**
 * Opens models: binds choices to connections and keys, and builds the chain. The only entry point of this folder for
 * others, apart from the port. Reads no environment: what it may use is in its settings.
 */
import type { LanguageModelV4 } from '@ai-sdk/provider';
import { RookeryError } from '../domain/errors.js';
import { type Adapter, isProvider, providerRow } from '../domain/provider.js';
import { available, connectProvider, type KeyRing, type ProviderConnection, secretsIn } from './connection.js';
import type { RequestMessage } from './converse.js';
import { demoModel } from './demo/demo.js';
import type { Send } from './exchange.js';
import { fallback, mostUseful } from './fallback.js';
import { learnedLimits } from './learned.js';
import type { Model, ModelChoice, Models } from './model.js';
import { createFetch } from './network.js';
import { type OwnModels, ownLine } from './own-models.js';
import { type OwnPrices, withCost } from './prices/prices.js';
import { loadSdk, providerModel } from './provider-model.js';

export interface ModelSettings extends Partial<KeyRing> {
  /** Models of the AI SDK by a name of your choice: a task names it as its `provider`. */
  readonly own?: OwnModels;
  /** Default: one without proxy. */
  readonly fetch?: Send;
  /** For tests: answers in the place of every provider; `scriptedModel` of `rookery/testing` makes one. Default: none. */
  readonly scripted?: Model;
  /** Models without native tools: `model` or `provider:model`. */
  readonly textProtocol?: readonly string[];
  /** Tokens of the context window, by `provider:model`, model or provider. Default: what a model refuses is learned. */
  readonly windows?: Readonly<Record<string, number>>;
  /** The user's own prices, before those of the price list. */
  readonly prices?: OwnPrices;
}

export function keyRingOf(settings: ModelSettings = {}): KeyRing {
  return { ...settings, keys: settings.keys ?? {}, endpoints: settings.endpoints ?? {} };
}

export function createModels(given: ModelSettings): Models {
  const settings = { ...given, ...keyRingOf(given) };
  const fetch = settings.fetch ?? createFetch({});
  // A worker that begins has time to load it while it waits for its server; a question would have to wait for it.
  loadSdk(configured(settings)).catch(() => undefined);
  const limits = learnedLimits(settings.textProtocol ?? []);
  const secrets = secretsIn(settings);

  const opened = new Map<string, Model>();
  const own = settings.own ?? {};
  const openOne = (choice: ModelChoice, trusted: boolean): Model => {
    if (settings.scripted) return settings.scripted;
    const { provider } = choice;
    if (!isProvider(provider)) {
      const line = ownLine(provider, ownModelOf(own, choice), secrets);
      return withCost(providerModel(line, limits), line.connection, settings.prices);
    }
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
    defaultModel: (provider) => (isProvider(provider) ? providerRow(provider).defaultModel : own[provider]?.modelId),
    window: (choice) => windowOf(choice, settings.windows),
    available: () => available(settings),
  };
}

// --- internal ---

function windowOf({ provider, model }: ModelChoice, windows: ModelSettings['windows'] = {}): number | undefined {
  const name = [`${provider}:${model}`, model, provider].find((one) => Object.hasOwn(windows, one));
  return name === undefined ? undefined : windows[name];
}

/** A worker uses a few. */
const MOST_OPENED = 100;

/** The adapters of the providers that the worker has a key or an address for; without any model, of those that need no key. */
function configured(settings: KeyRing & Pick<ModelSettings, 'own'>): Adapter[] {
  const { keys, endpoints, own } = settings;
  const adapters = available(settings).flatMap((provider): Adapter[] => {
    if (provider === 'demo' || !(keys[provider]?.trim() || endpoints[provider])) return [];
    return [connectProvider({ provider, model: '' }, settings, true).adapter];
  });
  return adapters.length > 0 || own ? [...new Set(adapters)] : ['chat'];
}

/** Throws `missing_key` for a name that this worker does not have, `bad_request` for what the object cannot be asked. */
function ownModelOf(own: OwnModels, { provider, model, endpoint }: ModelChoice): LanguageModelV4 {
  const found = Object.hasOwn(own, provider) ? own[provider] : undefined;
  if (!found) {
    throw new RookeryError('missing_key', `this worker has no model '${provider}'`, {
      hint: "give it in the plugin's option models.own",
    });
  }
  if (endpoint !== undefined) throw new RookeryError('bad_request', `the model '${provider}' takes no endpoint`);
  if (model === found.modelId) return found;
  throw new RookeryError('bad_request', `'${provider}' is the model '${found.modelId}', not '${model}'`);
}

function lineTo(connection: ProviderConnection, secrets: readonly string[], fetch: Send): RequestMessage {
  const { provider, origin, model, key } = connection;
  return {
    kind: 'provider',
    connection,
    fetch,
    peer: { who: `${provider} at ${origin}`, model, keyed: key !== undefined, secrets },
  };
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
