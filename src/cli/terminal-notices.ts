/**
 * Bell and title of the terminal that follows a task: when it needs a person and when it has ended. The title that was
 * there before is restored. Nothing without a terminal, with --quiet, or where the settings turn it off.
 */
import type { FollowEvent } from '../manager/follow.js';
import type { StatusObject } from '../manager/status-object.js';
import type { Session } from './session.js';

export class TerminalNotices {
  #isNeeded = false;

  constructor(private readonly session: Pick<Session, 'out' | 'settings'>) {
    this.#title('working');
  }

  show(event: FollowEvent): void {
    if (event.type === 'waiting') this.#need(event.phase === 'stalled' ? 'stalled' : 'needs you');
    else if (!BESIDE.has(event.type) && this.#isNeeded) {
      this.#isNeeded = false;
      this.#title('working');
    }
  }

  /** The task has ended, or is left waiting. */
  left({ status }: Pick<StatusObject, 'status'>): void {
    if (status === 'Running') this.#need('needs you');
    else if (this.#isOn) this.session.out.bell();
  }

  stop(): void {
    this.session.out.title(null);
  }

  #need(state: string): void {
    if (this.#isNeeded) return;
    this.#isNeeded = true;
    this.#title(state);
    if (this.#isOn) this.session.out.bell();
  }

  #title(state: string): void {
    if (this.#isOn) this.session.out.title(`rookery: ${state}`);
  }

  get #isOn(): boolean {
    return this.session.settings.notify.value.bell;
  }
}

// ---

/** Events that come while a task waits as well. */
const BESIDE: ReadonlySet<FollowEvent['type']> = new Set<FollowEvent['type']>(['text', 'message']);
