/**
 * Names and values of the span attributes, by the semantic conventions of OpenTelemetry for generative AI (their status is
 * Development: names may still change). Content is put there only where the user wants it.
 */
import type { Call, Message } from '../domain/conversation.js';
import type { Usage } from '../domain/task.js';

export type Attributes = Readonly<Record<string, string | number | boolean | string[]>>;

export const AGENT = 'rookery';

/** What the conventions call the providers; others keep their own name. */
const PROVIDER_NAMES: Readonly<Record<string, string>> = {
  google: 'gcp.gemini',
  vertex: 'gcp.vertex_ai',
  azure: 'azure.ai.openai',
  bedrock: 'aws.bedrock',
  mistral: 'mistral_ai',
  xai: 'x_ai',
};

export function operation(name: 'chat' | 'execute_tool' | 'invoke_agent', task: string): Attributes {
  return { 'gen_ai.operation.name': name, 'gen_ai.conversation.id': task, 'gen_ai.agent.name': AGENT };
}

export function providerAttributes(provider: string | null | undefined): Attributes {
  return provider ? { 'gen_ai.provider.name': PROVIDER_NAMES[provider] ?? provider } : {};
}

export function requestAttributes(model: string | null | undefined, maxTokens?: number): Attributes {
  return {
    ...(model ? { 'gen_ai.request.model': model } : {}),
    ...(maxTokens === undefined ? {} : { 'gen_ai.request.max_tokens': maxTokens }),
  };
}

export function usageAttributes(usage: Usage): Attributes {
  const { cached_input_tokens, cache_write_tokens, reasoning_tokens } = usage;
  return {
    'gen_ai.usage.input_tokens': usage.input_tokens,
    'gen_ai.usage.output_tokens': usage.output_tokens,
    ...(cached_input_tokens === undefined ? {} : { 'gen_ai.usage.cache_read.input_tokens': cached_input_tokens }),
    ...(cache_write_tokens === undefined ? {} : { 'gen_ai.usage.cache_creation.input_tokens': cache_write_tokens }),
    ...(reasoning_tokens === undefined ? {} : { 'gen_ai.usage.reasoning.output_tokens': reasoning_tokens }),
  };
}

/** Of an endpoint that was named. */
export function serverAttributes(endpoint: string | undefined): Attributes {
  if (endpoint === undefined || !URL.canParse(endpoint)) return {};
  const { hostname, port, protocol } = new URL(endpoint);
  return { 'server.address': hostname, 'server.port': Number(port || (protocol === 'https:' ? 443 : 80)) };
}

/** Messages in the form of the conventions, as JSON. */
export function messagesJson(messages: readonly Message[]): string {
  return JSON.stringify(messages.map((message) => ({ role: message.role, parts: partsOf(message) })));
}

// ---

function partsOf(message: Message): object[] {
  if (message.role === 'tool') return [{ type: 'tool_call_response', id: message.call, response: message.content }];
  const said = message.content === '' ? [] : [{ type: 'text', content: message.content }];
  const calls: readonly Call[] = message.role === 'assistant' ? (message.calls ?? []) : [];
  return [...said, ...calls.map(({ id, name, args }) => ({ type: 'tool_call', id, name, arguments: args }))];
}
