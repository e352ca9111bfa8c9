/** The model of starts that name none. The demo model is never chosen here: its answers look like those of a model. */
import { RookeryError } from '../domain/errors.js';
import { isProvider, PROVIDER_NAMES, providerRow } from '../domain/provider.js';
import type { ModelChoice } from '../models/model.js';
import type { BackgroundTasksOptions } from './plugin-options.js';

/**
 * @returns the choice of the options, else the provider of the only key or the only own model; undefined for several,
 * where each start must name its provider. Throws `missing_key` where no choice, key or model was given.
 */
export function defaultChoiceOf({ defaultChoice, models }: BackgroundTasksOptions): ModelChoice | undefined {
  if (defaultChoice) return defaultChoice;
  const own = models?.own ?? {};
  const keyed = PROVIDER_NAMES.filter((name) => models?.keys?.[name]?.trim());
  const [provider, ...others] = [...keyed, ...Object.keys(own)];
  if (provider === undefined) {
    throw new RookeryError('missing_key', 'The plugin has no key and no default choice, so no model would answer', {
      hint: "Give it a key in `models.keys`, a model in `models.own`, or `defaultChoice`; { provider: 'demo', model: 'demo' } is the demo model",
    });
  }
  if (others.length > 0) return undefined;
  const model = isProvider(provider) ? providerRow(provider).defaultModel : own[provider]?.modelId;
  return { provider, model: model ?? '' };
}
