/**
 * A model of a provider: native tools where it has them, the text protocol where it has not. One request per question,
 * two only when a provider says for the first time that a model takes no tools.
 */
import { RookeryError } from '../domain/errors.js';
import { saysNoTools } from './provider-words.js';
import { textTalk, withTextCalls } from './text-mode.js';
import { instructionsOf, toWire } from './wire.js';
export function providerModel(line, textModels) {
    const { provider, model } = line.connection;
    return {
        ask: async (question) => ({ ...(await answer(line, question, textModels)), provider, model }),
    };
}
export function textModels(names) {
    const learnt = new Set();
    const nameOf = ({ connection }) => `${connection.baseUrl} ${connection.model}`;
    return {
        has: (line) => {
            const { provider, model } = line.connection;
            return names.includes(model) || names.includes(`${provider}:${model}`) || learnt.has(nameOf(line));
        },
        add: (line) => void learnt.add(nameOf(line)),
    };
}
/** The AI SDK, for the first question; whoever calls it before has it ready then. */
export function loadSdk() {
    return import('./converse.js');
}
// --- internal ---
async function answer(line, question, textModels) {
    if (textModels.has(line))
        return inText(line, question);
    try {
        return await native(line, question);
    }
    catch (error) {
        if (question.tools.length === 0 || !refusesTools(error))
            throw error;
        textModels.add(line);
        return inText(line, question);
    }
}
async function native(line, question) {
    const { messages, tools } = question;
    const wire = toWire(messages, line.connection.provider);
    const spoken = await say(line, { instructions: instructionsOf(messages), messages: wire, tools }, question);
    return tools.length === 0 ? spoken : withTextCalls(spoken, true);
}
async function inText(line, question) {
    const spoken = await say(line, textTalk(question.messages, question.tools), question);
    return question.tools.length === 0 ? spoken : withTextCalls(spoken, false);
}
async function say(line, talk, question) {
    const { converse } = await loadSdk();
    return converse(line, talk, question);
}
const refusesTools = (error) => error instanceof RookeryError && error.code === 'bad_request' && saysNoTools(error.message);
//# sourceMappingURL=provider-model.js.map