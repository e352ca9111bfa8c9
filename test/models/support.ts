/** What the tests of models share: a server that is closed after the test, a question, and a model that asks there. */
import { onTestFinished } from 'vitest';
import type { Message } from '../../src/domain/conversation.js';
import { RookeryError } from '../../src/domain/errors.js';
import type { Provider } from '../../src/domain/provider.js';
import type { ToolSpec } from '../../src/domain/tool.js';
import { connectProvider } from '../../src/models/connection.js';
import { createModels, type ModelSettings } from '../../src/models/create-models.js';
import { oneRequest } from '../../src/models/exchange.js';
import type { Model, ModelRequest } from '../../src/models/model.js';
import { type LlmRequest, type LlmServer, type Script, startLlmServer } from '../support/llm-server.js';

export const KEY = 'sk-secret-0123456789';

export async function serve(script: Script | ((request: LlmRequest) => Script), tls?: { key: string; cert: string }) {
  const server = await startLlmServer(typeof script === 'function' ? script : () => script, tls ? { tls } : {});
  onTestFinished(() => server.close());
  return server;
}

/** The model of a provider whose configured endpoint is the server. */
export function modelAt(
  server: Pick<LlmServer, 'url'>,
  provider: Provider = 'litellm',
  settings: Partial<ModelSettings> = {},
): Model {
  const models = createModels({ keys: { [provider]: KEY }, endpoints: { [provider]: server.url }, ...settings });
  return models.open([{ provider, model: 'm' }], { trustedEndpoint: false });
}

export const READ_FILE: ToolSpec = {
  name: 'read_file',
  description: 'Reads a file.',
  parameters: { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] },
};

export const OPENING: readonly Message[] = [
  { role: 'system', content: 'be brief' },
  { role: 'user', content: 'read a' },
];

export function question(parts: Partial<ModelRequest> = {}): ModelRequest {
  return {
    messages: OPENING,
    tools: [READ_FILE],
    maxOutputTokens: 100,
    signal: new AbortController().signal,
    ...parts,
  };
}

/** The error that a promise ends with; anything but a `RookeryError` fails the test. */
export async function errorOf(promise: Promise<unknown>): Promise<RookeryError> {
  const error = await promise.then(
    (value) => new Error(`no error but ${JSON.stringify(value)}`),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof RookeryError)) throw error;
  return error;
}

export type Frame = Readonly<Record<string, unknown>>;

/** The frames of an answer that the AI SDK is given. */
export async function framesOf(provider: 'litellm' | 'anthropic', body: unknown): Promise<Frame[]> {
  const server = await serve({ status: 200, body });
  const ring = { keys: { [provider]: KEY }, endpoints: { [provider]: server.url } };
  const connection = connectProvider({ provider, model: 'm' }, ring, false);
  const { fetch: exchange } = oneRequest(connection, { who: 'it', model: 'm', keyed: true, secrets: [] }, fetch);
  const path = provider === 'anthropic' ? 'messages' : 'chat/completions';
  const sent = { model: 'm', messages: [{ role: 'user', content: 'read a' }], max_tokens: 100, stream: true };
  const reply = await exchange(`${server.url}/v1/${path}`, { method: 'POST', body: JSON.stringify(sent) });
  const text = await reply.text();
  return [...text.matchAll(/^data: (\{.*)$/gm)].map(([, json]) => JSON.parse(json ?? '') as Frame);
}

/** An event stream of these frames. */
export const lines = (...frames: unknown[]): string =>
  frames.map((frame) => `data: ${JSON.stringify(frame)}\n\n`).join('');
