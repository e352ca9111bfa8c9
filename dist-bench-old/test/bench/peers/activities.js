/**
 * The activities of the peers. They ask the same model through the same adapter and run the same tools as Rookery, so that
 * what differs is only how the work is kept.
 */
import { randomUUID } from 'node:crypto';
import { Context } from '@temporalio/activity';
import { openCalls, opening, settle, } from '../../../src/domain/conversation.js';
import { DEFAULT_SYSTEM_PROMPT } from '../../../src/domain/system-prompt.js';
import { createModels } from '../../../src/models/create-models.js';
import { createTools, parseArgs, toSpec } from '../../../src/tools/catalogue.js';
export function createPeerActivities({ endpoint, workspace }) {
    const models = createModels({ keys: {}, endpoints: {} });
    const tools = createTools({ env: process.env });
    const specs = [...tools.values()].map(toSpec);
    const conversations = new Map();
    async function ask(model, messages) {
        const chain = [{ provider: 'litellm', model, endpoint }];
        const reply = await models.open(chain, { trustedEndpoint: true }).ask({
            messages,
            tools: specs,
            maxOutputTokens: 8_192,
            signal: Context.current().cancellationSignal,
        });
        const calls = reply.calls.map(({ wire_id, name, args }) => ({ id: randomUUID(), wire_id, name, args }));
        return { role: 'assistant', content: reply.content, ...(calls.length > 0 ? { calls } : {}) };
    }
    async function run(call) {
        const tool = tools.get(call.name);
        const parsed = tool && parseArgs(tool, call.args);
        if (!tool || !parsed?.ok)
            throw new Error(`a call that cannot run: ${call.name}`);
        const context = { workspace, task: 'bench', call: call.id, secrets: false };
        const signal = Context.current().cancellationSignal;
        const { outcome, content } = await tool.run(parsed.args, { ...context, signal });
        return { role: 'tool', call: call.id, outcome, content };
    }
    const own = () => Context.current().info.workflowExecution?.runId ?? '';
    const conversationOf = (prompt) => prompt === undefined ? (conversations.get(own()) ?? []) : opening(DEFAULT_SYSTEM_PROMPT, prompt);
    const keep = (messages) => {
        conversations.set(own(), messages);
        const [oldest] = conversations.keys();
        if (oldest !== undefined && conversations.size > 1_000)
            conversations.delete(oldest);
    };
    return {
        /** Bare: acts and thinks in one activity; the worker's memory holds the conversation. */
        async iterate({ model, prompt }) {
            const before = conversationOf(prompt);
            const observations = [];
            for (const call of openCalls(before))
                observations.push(await run(call));
            const messages = settle(before, observations);
            const message = await ask(model, messages);
            keep([...messages, message]);
            return { observations, message };
        },
        /** Bare with two activities: the model alone. */
        async think({ model, prompt }) {
            const messages = conversationOf(prompt);
            const message = await ask(model, messages);
            keep([...messages, message]);
            return message;
        },
        /** Bare with two activities: the tool alone. */
        async act(call) {
            const result = await run(call);
            keep(settle(conversationOf(undefined), [result]));
            return result;
        },
        /** Official style: the whole message list comes in with each call. */
        async invokeModel(model, messages) {
            return ask(model, messages);
        },
        invokeTool: run,
    };
}
//# sourceMappingURL=activities.js.map