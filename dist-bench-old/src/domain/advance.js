/** What an accepted reply makes of the conversation: workflow, activity and rebuild must reach the same. Pure. */
import { settle, toMessage } from './conversation.js';
import { applyShrinking } from './shrink.js';
/** `opening`: how many messages the task began with. */
export function advance(sent, opening, { observations, shrunk = [], message }) {
    let messages = settle(sent, observations.map(toMessage));
    for (const step of shrunk)
        messages = applyShrinking(messages, opening, step);
    return [...messages, message];
}
//# sourceMappingURL=advance.js.map