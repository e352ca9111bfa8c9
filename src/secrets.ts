/** What must never leave a worker: the keys of providers and of search engines. */
import type { BackgroundTasksOptions } from './plugin-options.js';

export function secretsOf({ models, webSearch }: BackgroundTasksOptions): string[] {
  const all = [...Object.values(models?.keys ?? {}), models?.overrideKey, webSearch?.braveKey, webSearch?.tavilyKey];
  return all.filter((secret) => secret !== undefined);
}
