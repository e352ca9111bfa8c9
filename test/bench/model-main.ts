/**
 * The model as a process of its own: its work is nobody's cost. Says its address over the channel to its parent, and on
 * request when it was first asked for a model, and how often.
 */
import { repliesIn, startLlmServer, varied } from '../support/llm-server.js';
import { ANSWER, callOf, workOf } from './work.js';

const seen = new Map<string, number[]>();
const server = await startLlmServer(
  ({ model, messages }) => {
    const times = seen.get(model) ?? [];
    seen.set(model, times);
    times.push(Date.now());
    const work = workOf(model);
    if (work.refused) return { status: 401, body: { error: { message: 'this key is not known' } } };
    const n = repliesIn(messages);
    const calls = n + 1 < work.iterations ? [{ id: `call_${n}`, ...varied(callOf(work), n) }] : [];
    return { content: ANSWER, calls, delayMs: work.delayMs };
  },
  { forget: true },
);
process.on('message', (model: string) => process.send?.({ model, times: seen.get(model) ?? [] }));
process.on('disconnect', () => process.exit(0));
process.send?.({ url: server.url });
