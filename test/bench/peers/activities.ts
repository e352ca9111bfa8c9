/** The activities of the raw peers on Temporal: what differs from the product is everything that it adds. */
import { Context } from '@temporalio/activity';
import { type AgentSettings, createAgent } from './agent.js';
import { callsIn, openingOf, type WireCall, type WireMessage, type WireReply, type WireResult } from './messages.js';

/** The first iteration of a task brings its prompt. */
export interface BareInput {
  readonly model: string;
  readonly prompt?: string;
}

export interface BareResult {
  readonly observations: readonly WireResult[];
  readonly message: WireReply;
}

export function createPeerActivities(settings: AgentSettings) {
  const { ask, use } = createAgent(settings);
  const { conversationOf, keep } = conversations(openingOf);
  return {
    /** Bare: acts and thinks in one activity; the worker's memory holds the conversation. */
    async iterate({ model, prompt }: BareInput): Promise<BareResult> {
      const messages = conversationOf(prompt);
      const observations: WireResult[] = [];
      for (const call of callsIn(messages)) observations.push(await use(call));
      messages.push(...observations);
      const message = await ask(model, messages);
      keep([...messages, message]);
      return { observations, message };
    },
    /** Bare with two activities: the model alone. */
    async think({ model, prompt }: BareInput): Promise<WireReply> {
      const messages = conversationOf(prompt);
      const message = await ask(model, messages);
      keep([...messages, message]);
      return message;
    },
    /** Bare with two activities: the tool alone. */
    async act(call: WireCall): Promise<WireResult> {
      const result = await use(call);
      keep([...conversationOf(undefined), result]);
      return result;
    },
    /** Official style: the whole message list comes in with each call. */
    invokeModel: (model: string, messages: WireMessage[]): Promise<WireReply> => ask(model, messages),
    invokeTool: use,
  };
}

export type PeerActivities = ReturnType<typeof createPeerActivities>;

/** Those of the running workflows, in the memory of the worker. */
export function conversations<M>(opening: (prompt: string) => M[]) {
  const kept = new Map<string, M[]>();
  const own = (): string => Context.current().info.workflowExecution?.runId ?? '';
  return {
    conversationOf: (prompt: string | undefined): M[] =>
      prompt === undefined ? [...(kept.get(own()) ?? [])] : opening(prompt),
    keep(messages: M[]): void {
      kept.set(own(), messages);
      const [oldest] = kept.keys();
      if (oldest !== undefined && kept.size > 1_000) kept.delete(oldest);
    },
  };
}
