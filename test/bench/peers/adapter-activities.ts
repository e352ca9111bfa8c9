/** Bare with the product's model adapter and its tools: the step between the raw floor and the product. */
import { randomUUID } from 'node:crypto';
import { Context } from '@temporalio/activity';
import {
  type AssistantMessage,
  type Call,
  type Message,
  openCalls,
  opening,
  settle,
  type ToolMessage,
} from '../../../src/domain/conversation.js';
import { DEFAULT_SYSTEM_PROMPT } from '../../../src/domain/limits.js';
import { createModels } from '../../../src/models/create-models.js';
import { createTools, parseArgs, toSpec } from '../../../src/tools/catalogue.js';
import { type BareInput, conversations } from './activities.js';

export interface AdapterResult {
  readonly observations: readonly ToolMessage[];
  readonly message: AssistantMessage;
}

export async function createAdapterActivities({ endpoint, workspace }: { endpoint: string; workspace: string }) {
  const models = createModels({ keys: {}, endpoints: {} });
  const tools = await createTools({ env: process.env });
  const specs = [...tools.values()].map(toSpec);
  const { conversationOf, keep } = conversations<Message>((prompt) => opening(DEFAULT_SYSTEM_PROMPT, prompt));

  async function ask(model: string, messages: readonly Message[]): Promise<AssistantMessage> {
    const chain = [{ provider: 'litellm' as const, model, endpoint }];
    const reply = await models.open(chain, { trustedEndpoint: true }).ask({
      messages,
      tools: specs,
      maxOutputTokens: 8_192,
      signal: Context.current().cancellationSignal,
    });
    const calls = reply.calls.map(({ wire_id, name, args }) => ({ id: randomUUID(), wire_id, name, args }));
    return { role: 'assistant', content: reply.content, ...(calls.length > 0 ? { calls } : {}) };
  }

  async function run(call: Call): Promise<ToolMessage> {
    const tool = tools.get(call.name);
    const parsed = tool && parseArgs(tool, call.args);
    if (!tool || !parsed?.ok) throw new Error(`a call that cannot run: ${call.name}`);
    const context = { workspace, task: 'bench', call: call.id, secrets: false };
    const signal = Context.current().cancellationSignal;
    const { outcome, content } = await tool.run(parsed.args, { ...context, signal });
    return { role: 'tool', call: call.id, outcome, content };
  }

  return {
    async iterateWithAdapter({ model, prompt }: BareInput): Promise<AdapterResult> {
      const before = conversationOf(prompt);
      const observations: ToolMessage[] = [];
      for (const call of openCalls(before)) observations.push(await run(call));
      const messages = settle(before, observations);
      const message = await ask(model, messages);
      keep([...messages, message]);
      return { observations, message };
    },
  };
}

export type AdapterActivities = Awaited<ReturnType<typeof createAdapterActivities>>;
