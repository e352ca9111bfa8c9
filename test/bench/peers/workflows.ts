/** The workflows of the peers: as little as the same work takes on Temporal. */
import { proxyActivities } from '@temporalio/workflow';
import type { PeerActivities } from './activities.js';
import type { AdapterActivities } from './adapter-activities.js';
import { openingOf } from './messages.js';

const { iterate, iterateWithAdapter, think, act, invokeModel, invokeTool } = proxyActivities<
  PeerActivities & AdapterActivities
>({ startToCloseTimeout: '10 minutes' });

export interface PeerInput {
  readonly prompt: string;
  readonly model: string;
}

/** One activity per iteration and nothing else. */
export async function bare({ prompt, model }: PeerInput): Promise<string> {
  for (let n = 0; ; n++) {
    const { message } = await iterate({ model, ...(n === 0 ? { prompt } : {}) });
    if (!message.tool_calls?.length) return message.content;
  }
}

/** The same with the product's adapter. */
export async function bareWithAdapter({ prompt, model }: PeerInput): Promise<string> {
  for (let n = 0; ; n++) {
    const { message } = await iterateWithAdapter({ model, ...(n === 0 ? { prompt } : {}) });
    if (!message.calls?.length) return message.content;
  }
}

/** One activity for the model and one for each call. */
export async function bareTwo({ prompt, model }: PeerInput): Promise<string> {
  for (let n = 0; ; n++) {
    const message = await think({ model, ...(n === 0 ? { prompt } : {}) });
    if (!message.tool_calls?.length) return message.content;
    for (const call of message.tool_calls) await act(call);
  }
}

/** As the official integrations do it: the whole message list to the model activity, one activity per tool call. */
export async function official({ prompt, model }: PeerInput): Promise<string> {
  const messages = openingOf(prompt);
  for (;;) {
    const message = await invokeModel(model, messages);
    messages.push(message);
    if (!message.tool_calls?.length) return message.content;
    messages.push(...(await Promise.all(message.tool_calls.map((call) => invokeTool(call)))));
  }
}
