/**
 * In-memory state that the activities of one worker share, and the start time of a run as the server has it. The
 * workflow cannot know that time: a run made by a Reset replays the first moments of the run before. Read once per run.
 * Losing this state costs a re-send, never work.
 */

import { Context } from '@temporalio/activity';
import type { IterateResult } from '../src/domain/activity-calls.js';
import { Admission } from './admission.js';
import { BackgroundMirror } from './background-mirror.js';
import type { WorkflowRun } from './calling-run.js';
import { ContextRoom } from './context-room.js';
import { ConversationCache } from './conversation-cache.js';
import { InlineCalls } from './inline-tools.js';
import type { ActivityDeps } from './ports.js';
import { SharedWork } from './shared-work.js';

export interface Shared {
  readonly admission: Admission;
  readonly conversations: ConversationCache;
  readonly inline: InlineCalls;
  readonly room: ContextRoom;
  readonly iterations: SharedWork<IterateResult>;
  readonly runStarts: RunStarts;
  readonly backgroundMirror: BackgroundMirror;
  /** The run has ended, and its task with it: drops what is kept for it. */
  leave(run: WorkflowRun): void;
}

export function createShared(deps: ActivityDeps): Shared {
  const admission = new Admission(deps);
  const conversations = new ConversationCache(deps.metrics);
  const iterations = new SharedWork<IterateResult>({ outlivesRun: false });
  const backgroundMirror = new BackgroundMirror((state) => deps.mirror.write(state));
  return {
    admission,
    conversations,
    inline: new InlineCalls(deps),
    room: new ContextRoom(),
    iterations,
    runStarts: new RunStarts(),
    backgroundMirror,
    leave({ workflowId, runId }) {
      admission.leave(runId);
      conversations.forget(workflowId);
      iterations.forget(runId);
      backgroundMirror.forget(runId);
    },
  };
}

const REMEMBERED = 500;

export class RunStarts {
  readonly #known = new Map<string, number>();

  /** Milliseconds since 1970. */
  async of(execution: { readonly workflowId: string; readonly runId: string } | undefined): Promise<number> {
    const { workflowId = '', runId = '' } = execution ?? {};
    const known = this.#known.get(runId);
    if (known !== undefined) return known;
    const { startTime } = await Context.current().client.workflow.getHandle(workflowId, runId).describe();
    this.#known.set(runId, startTime.getTime());
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= REMEMBERED) break;
      this.#known.delete(oldest);
    }
    return startTime.getTime();
  }
}
