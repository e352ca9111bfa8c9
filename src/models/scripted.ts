/**
 * A model for stories: its replies are a function of the conversation. It reaches no network and keeps no state.
 */
import type { Message } from '../domain/conversation.js';
import type { Usage } from '../domain/task.js';
import type { Model, ModelRequest, RequestedCall } from './model.js';

export interface ScriptedReply {
  readonly content?: string;
  readonly calls?: readonly { readonly name: string; readonly args: unknown; readonly wire_id?: string }[];
  readonly usage?: Usage;
}

const USAGE: Usage = Object.freeze({ input_tokens: 10, output_tokens: 5, total_tokens: 15 });

/** `script` gets the conversation and the number of replies in it; what it throws is thrown. */
export function scriptedModel(script: (messages: readonly Message[], replies: number) => ScriptedReply): Model {
  return {
    ask: async ({ messages, signal, onText }: ModelRequest) => {
      signal.throwIfAborted();
      const replies = messages.filter(({ role }) => role === 'assistant').length;
      const { content = '', calls = [], usage = USAGE } = script(messages, replies);
      if (content !== '') onText?.(content);
      return { content, calls: calls.map(toCall), usage, finish: finish(calls), provider: 'demo', model: 'scripted' };
    },
  };
}

// --- internal ---

const toCall = (call: NonNullable<ScriptedReply['calls']>[number], i: number): RequestedCall => ({
  wire_id: call.wire_id ?? `call_${i}`,
  name: call.name,
  args: call.args,
});

const finish = (calls: readonly unknown[]): 'stop' | 'tool-calls' => (calls.length > 0 ? 'tool-calls' : 'stop');
