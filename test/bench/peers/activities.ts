/**
 * The activities of the peers. They ask the same model through the same adapter and run the same tools as Rookery, so that
 * what differs is only how the work is kept.
 */
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

export interface PeerSettings {
  readonly endpoint: string;
  readonly workspace: string;
}

/** The first iteration of a task brings its prompt. */
export interface BareInput {
  readonly model: string;
  readonly prompt?: string;
}

export interface BareResult {
  readonly observations: readonly ToolMessage[];
  readonly message: AssistantMessage;
}

export async function createPeerActivities({ endpoint, workspace }: PeerSettings) {
  const models = createModels({ keys: {}, endpoints: {} });
  const tools = await createTools({ env: process.env });
  const specs = [...tools.values()].map(toSpec);
  const conversations = new Map<string, Message[]>();

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

  const own = (): string => Context.current().info.workflowExecution?.runId ?? '';
  const conversationOf = (prompt: string | undefined): Message[] =>
    prompt === undefined ? (conversations.get(own()) ?? []) : opening(DEFAULT_SYSTEM_PROMPT, prompt);
  const keep = (messages: Message[]): void => {
    conversations.set(own(), messages);
    const [oldest] = conversations.keys();
    if (oldest !== undefined && conversations.size > 1_000) conversations.delete(oldest);
  };

  return {
    /** Bare: acts and thinks in one activity; the worker's memory holds the conversation. */
    async iterate({ model, prompt }: BareInput): Promise<BareResult> {
      const before = conversationOf(prompt);
      const observations: ToolMessage[] = [];
      for (const call of openCalls(before)) observations.push(await run(call));
      const messages = settle(before, observations);
      const message = await ask(model, messages);
      keep([...messages, message]);
      return { observations, message };
    },
    /** Bare with two activities: the model alone. */
    async think({ model, prompt }: BareInput): Promise<AssistantMessage> {
      const messages = conversationOf(prompt);
      const message = await ask(model, messages);
      keep([...messages, message]);
      return message;
    },
    /** Bare with two activities: the tool alone. */
    async act(call: Call): Promise<ToolMessage> {
      const result = await run(call);
      keep(settle(conversationOf(undefined), [result]));
      return result;
    },
    /** Official style: the whole message list comes in with each call. */
    async invokeModel(model: string, messages: Message[]): Promise<AssistantMessage> {
      return ask(model, messages);
    },
    invokeTool: run,
  };
}

export type PeerActivities = Awaited<ReturnType<typeof createPeerActivities>>;
