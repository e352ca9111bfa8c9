/**
 * A model for tests: its replies are a function of the conversation. It reaches no network and keeps no state.
 */
import type { Message } from '../domain/conversation.js';
import { RookeryError } from '../domain/errors.js';
import type { Usage } from '../domain/task.js';
import type { Model, ModelRequest, RequestedCall } from './model.js';

/** A reply of the model: an answer, or tool calls. */
export interface ScriptedReply {
  readonly content?: string;
  readonly calls?: readonly { readonly name: string; readonly args: unknown; readonly wire_id?: string }[];
  /** Default: 10 tokens in, 5 out. */
  readonly usage?: Usage;
}

/**
 * What the model replies: a list, of which each task gets one reply after the other, or a function of the conversation
 * and the number of replies in it.
 */
export type Script =
  | readonly ScriptedReply[]
  | ((messages: readonly Message[], replies: number) => ScriptedReply | Promise<ScriptedReply>);

const USAGE: Usage = Object.freeze({ input_tokens: 10, output_tokens: 5, total_tokens: 15 });

/**
 * A model that answers by a script. Throws nothing; its model throws what the script throws, and `bad_request` at the end
 * of a list.
 */
export function scriptedModel(script: Script): Model {
  const replyTo = typeof script === 'function' ? script : inOrder(script);
  return {
    ask: async ({ messages, signal, onText }: ModelRequest) => {
      signal.throwIfAborted();
      const replies = messages.filter(({ role }) => role === 'assistant').length;
      const { content = '', calls = [], usage = USAGE } = await replyTo(messages, replies);
      if (content !== '') onText?.(content);
      return { content, calls: calls.map(toCall), usage, finish: finish(calls), provider: 'demo', model: 'scripted' };
    },
  };
}

// --- internal ---

function inOrder(list: readonly ScriptedReply[]): (messages: readonly Message[], replies: number) => ScriptedReply {
  return (_messages, replies) => {
    const reply = list[replies];
    if (reply) return reply;
    const asked = `The model was asked for reply ${replies + 1}`;
    throw new RookeryError('bad_request', `${asked}, and the script ends with reply ${list.length}`);
  };
}

const toCall = (call: NonNullable<ScriptedReply['calls']>[number], i: number): RequestedCall => ({
  wire_id: call.wire_id ?? `call_${i}`,
  name: call.name,
  args: call.args,
});

const finish = (calls: readonly unknown[]): 'stop' | 'tool-calls' => (calls.length > 0 ? 'tool-calls' : 'stop');
