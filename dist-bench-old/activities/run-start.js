/**
 * When a run began, as the server says. The workflow cannot know it: a run that a Reset made replays the first moments of
 * the run before. Asked for once a run.
 */
import { Context } from '@temporalio/activity';
const REMEMBERED = 500;
export class RunStarts {
    #known = new Map();
    /** Milliseconds since 1970. */
    async of(execution) {
        const { workflowId = '', runId = '' } = execution ?? {};
        const known = this.#known.get(runId);
        if (known !== undefined)
            return known;
        const { startTime } = await Context.current().client.workflow.getHandle(workflowId, runId).describe();
        this.#known.set(runId, startTime.getTime());
        for (const oldest of this.#known.keys()) {
            if (this.#known.size <= REMEMBERED)
                break;
            this.#known.delete(oldest);
        }
        return startTime.getTime();
    }
}
//# sourceMappingURL=run-start.js.map