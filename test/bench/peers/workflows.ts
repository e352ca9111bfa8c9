/** The workflows of the peers: as little as the same work takes on Temporal. */
import { proxyActivities } from '@temporalio/workflow';
import { type Message, opening } from '../../../src/domain/conversation.js';
import { DEFAULT_SYSTEM_PROMPT } from '../../../src/domain/limits.js';
import type { PeerActivities } from './activities.js';

const { iterate, think, act, invokeModel, invokeTool } = proxyActivities<PeerActivities>({
  startToCloseTimeout: '10 minutes',
});

export interface PeerInput {
  readonly prompt: string;
  readonly model: string;
}

/** One activity per iteration and nothing else. */
export async function bare({ prompt, model }: PeerInput): Promise<string> {
  for (let n = 0; ; n++) {
    const { message } = await iterate({ model, ...(n === 0 ? { prompt } : {}) });
    if (!message.calls?.length) return message.content;
  }
}

/** One activity for the model and one for each call. */
export async function bareTwo({ prompt, model }: PeerInput): Promise<string> {
  for (let n = 0; ; n++) {
    const message = await think({ model, ...(n === 0 ? { prompt } : {}) });
    if (!message.calls?.length) return message.content;
    for (const call of message.calls) await act(call);
  }
}

/** As the official integrations do it: the whole message list to the model activity, one activity per tool call. */
export async function official({ prompt, model }: PeerInput): Promise<string> {
  const messages: Message[] = opening(DEFAULT_SYSTEM_PROMPT, prompt);
  for (;;) {
    const message = await invokeModel(model, messages);
    messages.push(message);
    if (!message.calls?.length) return message.content;
    messages.push(...(await Promise.all(message.calls.map((call) => invokeTool(call)))));
  }
}
