/**
 * The price of a model and the cost of its replies. The provider's own figure goes first, then the user's prices, then the
 * price list; without any of them a reply has no cost.
 *
 * The list counts only at the provider's own host: what another endpoint charges under the same name is not known. A name
 * is looked up as it is, then without the date of a snapshot at its end (`-2026-03-05`, `-20250929`, `@20250929`). No other
 * name resolves to a row.
 */
import { costOfReply, dollarsOf, type ModelPrice, type PricedTokens, type ReplyCost } from '../../domain/cost.js';
import { RookeryError } from '../../domain/errors.js';
import { homeOf, isProvider } from '../../domain/provider.js';
import type { Usage } from '../../domain/task.js';
import type { ModelIdentity } from '../connection.js';
import type { Model } from '../model.js';
import { type ListedPrice, PRICE_LIST } from './price-list.js';

/** The user's own prices, by `provider:model`. */
export type OwnPrices = Readonly<Record<string, ModelPrice>>;

export type Priced = Pick<ModelIdentity, 'provider' | 'model' | 'baseUrl'>;

/** The same model; the usage of each of its replies says what it cost, that of rejected ones too. */
export function withCost(model: Model, priced: Priced, own: OwnPrices = {}): Model {
  const withItsCost = (usage: Usage): Usage => ({ cost: costOfReply(costOf(usage, priced, own)), ...usage });
  return {
    ask: async (question) => {
      try {
        const reply = await model.ask(question);
        return { ...reply, usage: withItsCost(reply.usage) };
      } catch (error) {
        if (!(error instanceof RookeryError) || !error.rejected) throw error;
        const { code, message, hint, retryAfterMs, rejected, cause } = error;
        const counted = { ...rejected, usage: withItsCost(rejected.usage) };
        throw new RookeryError(code, message, {
          ...(hint === undefined ? {} : { hint }),
          ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
          ...(cause === undefined ? {} : { cause }),
          rejected: counted,
        });
      }
    },
  };
}

/** Whether replies of this model will have a cost. */
export function hasPrice(priced: Priced, own: OwnPrices = {}): boolean {
  return priced.provider === 'openrouter' || priceOf(priced, own) !== undefined;
}

/** `now`: some prices depend on the day or the hour. */
export function listedDollars(usage: PricedTokens, price: ListedPrice, now: Date): number {
  const { next, long, peak } = price;
  const base: ModelPrice = next && now.toISOString().slice(0, 10) >= next.from ? next : price;
  const factor = peak && isPeak(peak.hours, now) ? peak.times : 1;
  const times = long && usage.input_tokens > long.over ? long : { input: 1, output: 1 };
  return dollarsOf(usage, scaled(base, { input: times.input * factor, output: times.output * factor }));
}

/** The names under which a list of the package may have a model: as it is, then without the date of a snapshot. */
export function rowNames({ provider, model }: Pick<Priced, 'provider' | 'model'>): string[] {
  return [model, model.replace(/[-@](\d{4}-\d{2}-\d{2}|\d{8})$/, '')].map((name) => `${provider}:${name}`);
}

/** Whether the model is asked at its provider's own host. */
export function isAtHome(provider: Priced['provider'], baseUrl: string): boolean {
  const home = isProvider(provider) && provider !== 'demo' ? homeOf(provider) : undefined;
  return home !== undefined && new URL(baseUrl).origin === new URL(home).origin;
}

// --- internal ---

function costOf(usage: Usage, priced: Priced, own: OwnPrices): ReplyCost | undefined {
  const found = priceOf(priced, own);
  if (!found || usage.input_tokens + usage.output_tokens === 0) return undefined;
  const { price, source } = found;
  return { usd: listedDollars(usage, price, new Date()), source };
}

function priceOf(
  { provider, model, baseUrl }: Priced,
  own: OwnPrices,
): { price: ListedPrice; source: 'config' | 'prices' } | undefined {
  const names = rowNames({ provider, model });
  const owned = names.find((name) => Object.hasOwn(own, name));
  if (owned !== undefined) return { price: own[owned] as ModelPrice, source: 'config' };
  const listed = isAtHome(provider, baseUrl) ? names.find((name) => Object.hasOwn(PRICE_LIST, name)) : undefined;
  return listed === undefined ? undefined : { price: PRICE_LIST[listed] as ListedPrice, source: 'prices' };
}

function isPeak(hours: readonly (readonly [number, number])[], now: Date): boolean {
  const day = now.getUTCDay();
  const hour = now.getUTCHours();
  return day >= 1 && day <= 5 && hours.some(([from, to]) => hour >= from && hour < to);
}

function scaled(price: ModelPrice, times: { readonly input: number; readonly output: number }): ModelPrice {
  const { input, cached_input = input, cache_write = input, output } = price;
  return {
    input: input * times.input,
    cached_input: cached_input * times.input,
    cache_write: cache_write * times.input,
    output: output * times.output,
  };
}
