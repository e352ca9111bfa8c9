/** What the activities of one worker share, in memory only: losing it costs a re-send, never work. */
import { Conversations } from './conversations.js';
import { Door } from './door.js';
import { Fresh } from './fresh.js';
import { InlineCalls } from './inline.js';
import { RunStarts } from './run-start.js';
export function createShared(deps) {
    const door = new Door(deps);
    const conversations = new Conversations(deps.metrics);
    const fresh = new Fresh((state) => deps.mirror.write(state));
    return {
        door,
        conversations,
        inline: new InlineCalls(deps),
        runStarts: new RunStarts(),
        fresh,
        leave(runId) {
            door.leave(runId);
            conversations.forget(runId);
            fresh.forget(runId);
        },
    };
}
//# sourceMappingURL=shared.js.map