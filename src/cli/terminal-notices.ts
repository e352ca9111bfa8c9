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

  show({ type }: FollowEvent): void {
    if (type === 'waiting') this.#need();
    else if (type !== 'text' && this.#isNeeded) {
      this.#isNeeded = false;
      this.#title('working');
    }
  }

  /** The task has ended, or is left waiting. */
  left({ status }: Pick<StatusObject, 'status'>): void {
    if (status === 'Running') this.#need();
    else if (this.#isOn) this.session.out.bell();
  }

  stop(): void {
    this.session.out.title(null);
  }

  #need(): void {
    if (this.#isNeeded) return;
    this.#isNeeded = true;
    this.#title('needs you');
    if (this.#isOn) this.session.out.bell();
  }

  #title(state: string): void {
    if (this.#isOn) this.session.out.title(`rookery: ${state}`);
  }

  get #isOn(): boolean {
    return this.session.settings.notify.value.bell;
  }
}
