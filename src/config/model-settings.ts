/** Model settings of a worker: keys, endpoints, proxy and CAs. A separate module, because only a worker loads HTTP. */
import { proxySettingsOf } from '../domain/proxies.js';
import type { KeyRing } from '../models/connection.js';
import type { ModelSettings } from '../models/create-models.js';
import { createFetch } from '../models/network.js';
import { keyRing } from './providers.js';
import type { Settings } from './settings.js';

export function modelSettings(settings: Settings, env: NodeJS.ProcessEnv): ModelSettings & KeyRing {
  return {
    ...keyRing(settings, env),
    textProtocol: settings.text_protocol.value,
    prices: settings.prices.value,
    windows: { ...ollamaWindow(env), ...settings.context_windows.value },
    fetch: createFetch({
      ...proxySettingsOf(env),
      extraCaFile: [env.NODE_EXTRA_CA_CERTS, env.SSL_CERT_FILE].filter((file): file is string => Boolean(file)),
    }),
  };
}

// ---

/** The server's own variable, where it is set for the worker too: Ollama cuts what does not fit and says nothing. */
function ollamaWindow({ OLLAMA_CONTEXT_LENGTH: given }: NodeJS.ProcessEnv): Readonly<Record<string, number>> {
  const tokens = Number(given);
  return Number.isSafeInteger(tokens) && tokens > 0 ? { ollama: tokens } : {};
}
