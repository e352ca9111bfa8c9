/**
 * Whether the host of a task takes its activities, and what is shown while it does not: phase, reason and memo. Waiting
 * costs no event: an activity stays in the queue of the host. Schedules nothing.
 */
import type { Duration } from '@temporalio/common';
import { upsertMemo, workflowInfo } from '@temporalio/workflow';
import { type LostHost, unpolledSentence } from '../src/domain/host-change.js';
import { MEMO_PHASE } from '../src/domain/protocol.js';
import { hostQueueOf } from '../src/domain/worker-names.js';
import type { TaskRun } from './task-state.js';
import { tell } from './tell.js';

/** How long an activity waits for the host of its task to begin it. */
export const HOST_WAIT: Duration = '2 seconds';

/** And for one that polls and has more to do than it can: it may be lost meanwhile. */
const BUSY_WAIT: Duration = '5 minutes';

/** `busy`: it polls, and has more to do than it can. `away`: no worker polls its queue. */
type HostState = 'here' | 'busy' | 'away';

export class HostWait {
  #state: HostState = 'here';
  #reason = '';
  #since = 0;
  #isShown = false;

  constructor(private readonly run: TaskRun) {}

  get isAway(): boolean {
    return this.#state === 'away';
  }

  get isHere(): boolean {
    return this.#state === 'here';
  }

  /** How long an activity waits in the queue of the host; undefined: without limit. */
  get limit(): Duration | undefined {
    return { here: HOST_WAIT, busy: BUSY_WAIT, away: undefined }[this.#state];
  }

  becomesBusy(): void {
    this.#state = 'busy';
  }

  /** `detail`: why no other host takes the task over. */
  goesAway({ host, since }: LostHost, detail?: string): void {
    this.#state = 'away';
    this.#since = since;
    const unpolled = unpolledSentence(hostQueueOf(workflowInfo().taskQueue, host), since);
    this.#reason = detail === undefined ? unpolled : `${unpolled}; ${detail}`;
  }

  /** A step of the task waits for the host that is away. */
  show(): void {
    // What a person must decide is more urgent.
    if (!this.isAway || this.run.phase.startsWith('waiting') || this.run.phase === 'stalled') return;
    this.#isShown = true;
    this.#show('stalled', this.#reason);
    const id = `${workflowInfo().firstExecutionRunId}/away/${this.#since}`;
    tell(this.run, { type: 'stalled', id, reason: this.#reason });
  }

  /** The host takes activities, or the next one will show it. */
  end(): void {
    this.#state = 'here';
    if (this.#isShown) this.#show('thinking', null);
    this.#isShown = false;
  }

  #show(phase: 'stalled' | 'thinking', reason: string | null): void {
    if (!this.run.phase.startsWith('waiting')) this.run.show(phase, reason);
    upsertMemo({ [MEMO_PHASE]: { phase, reason } });
  }
}
