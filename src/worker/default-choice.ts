/** The model of starts that name none. The demo model is never chosen here: its answers look like those of a model. */
import { RookeryError } from '../domain/errors.js';
import { PROVIDER_NAMES, providerRow } from '../domain/provider.js';
import type { ModelChoice } from '../models/model.js';
import type { BackgroundTasksOptions } from './plugin-options.js';

/** Throws `missing_key` where neither a choice nor a key was given, `usage` where several keys were. */
export function defaultChoiceOf({ defaultChoice, models }: BackgroundTasksOptions): ModelChoice {
  if (defaultChoice) return defaultChoice;
  const [provider, ...others] = PROVIDER_NAMES.filter((name) => models?.keys[name]?.trim());
  if (provider === undefined) {
    throw new RookeryError('missing_key', 'The plugin has no key and no default choice, so no model would answer', {
      hint: "Give it one key in `models.keys`, or `defaultChoice`; { provider: 'demo', model: 'demo' } is the demo model",
    });
  }
  if (others.length > 0) {
    const given = [provider, ...others].join(' and ');
    throw new RookeryError('usage', `The plugin has keys for ${given}, so the provider is not clear`, {
      hint: 'Name one of them in `defaultChoice`',
    });
  }
  return { provider, model: providerRow(provider).defaultModel };
}
