/**
 * What an Ollama server says about a model: whether it has it, how many tokens it gives it, whether it takes tools. The
 * window that counts is the server's, not the model's: Ollama cuts what does not fit and says nothing.
 */
import { RookeryError } from '../domain/errors.js';
import { isListed, type ModelFacts, type ModelNames } from './model-names.js';
import { isRecord } from './provider-words.js';

/** One request whose answer is JSON: a GET, with a body a POST. Throws a `RookeryError`. */
export type AskServer = (path: string, body?: object) => Promise<unknown>;

export async function ollamaModels(ask: AskServer, model: string): Promise<ModelNames> {
  const names = namesIn(await ask('/api/tags'));
  if (!isListed(model, names)) return { names, isWhole: true };
  const [shown, running] = await Promise.all([quiet(ask('/api/show', { model })), quiet(ask('/api/ps'))]);
  return { names, isWhole: true, facts: factsIn(model, shown, running) };
}

// --- internal ---

/** Older servers lack some of these: then that is not known. */
async function quiet(answer: Promise<unknown>): Promise<unknown> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof RookeryError) return undefined;
    throw error;
  }
}

function namesIn(body: unknown): string[] {
  const models = isRecord(body) && Array.isArray(body.models) ? body.models : [];
  return models.flatMap((entry) => (isRecord(entry) && typeof entry.name === 'string' ? [entry.name] : []));
}

function factsIn(model: string, shown: unknown, running: unknown): ModelFacts {
  const largest = largestIn(shown);
  const window = loadedWindow(model, running) ?? configuredWindow(shown);
  const { capabilities } = isRecord(shown) ? shown : {};
  return {
    ...(window === undefined ? {} : { window }),
    ...(largest === undefined ? {} : { largestWindow: largest }),
    ...(Array.isArray(capabilities) ? { tools: capabilities.includes('tools') } : {}),
  };
}

/** `qwen3.context_length` and the like. */
function largestIn(shown: unknown): number | undefined {
  const info = isRecord(shown) && isRecord(shown.model_info) ? shown.model_info : {};
  return countOf(Object.entries(info).find(([name]) => name.endsWith('.context_length'))?.[1]);
}

/** `num_ctx` of the Modelfile. */
function configuredWindow(shown: unknown): number | undefined {
  const parameters = isRecord(shown) && typeof shown.parameters === 'string' ? shown.parameters : '';
  return countOf(Number(/^\s*num_ctx\s+(\d+)/m.exec(parameters)?.[1]));
}

/** What a model that is loaded now was given. */
function loadedWindow(model: string, running: unknown): number | undefined {
  const models = isRecord(running) && Array.isArray(running.models) ? running.models : [];
  const loaded = models.filter(isRecord).find(({ name }) => typeof name === 'string' && isListed(model, [name]));
  return countOf(loaded?.context_length);
}

function countOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : undefined;
}
