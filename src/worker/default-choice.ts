/** The model of starts that name none. The demo model is never chosen here: its answers look like those of a model. */
import { RookeryError } from '../domain/errors.js';
import { PROVIDER_NAMES, providerRow } from '../domain/provider.js';
import type { ModelChoice } from '../models/model.js';
import type { BackgroundTasksOptions } from './plugin-options.js';

/**
 * @returns the choice of the options, else the provider of the only key; undefined for several keys, where each start
 * must name its provider. Throws `missing_key` where neither a choice nor a key was given.
 */
export function defaultChoiceOf({ defaultChoice, models }: BackgroundTasksOptions): ModelChoice | undefined {
  if (defaultChoice) return defaultChoice;
  const [provider, ...others] = PROVIDER_NAMES.filter((name) => models?.keys[name]?.trim());
  if (provider === undefined) {
    throw new RookeryError('missing_key', 'The plugin has no key and no default choice, so no model would answer', {
      hint: "Give it a key in `models.keys`, or `defaultChoice`; { provider: 'demo', model: 'demo' } is the demo model",
    });
  }
  return others.length > 0 ? undefined : { provider, model: providerRow(provider).defaultModel };
}
