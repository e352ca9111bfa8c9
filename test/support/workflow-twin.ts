/**
 * The workflow sandbox in memory, for tests of what the workflow decides: time that the test moves, conditions that are looked
 * at when it says so, and a note of what would be shown. Used with `vi.mock('@temporalio/workflow', …)`.
 */
import { vi } from 'vitest';

interface Condition {
  readonly holds: () => boolean;
  readonly until: number;
  readonly resolve: (held: boolean) => void;
}

export class WorkflowTwin {
  readonly #conditions = new Set<Condition>();
  readonly memos: Record<string, unknown>[] = [];
  now = 1_000_000;
  taskQueue = 'my-app';
  /** False: the run was recorded by an older version. */
  patched = true;

  /** What stands in the place of the module. */
  readonly module = {
    workflowInfo: () => ({
      ...{ firstExecutionRunId: 'first-run', workflowId: 'task', startTime: new Date(this.now) },
      taskQueue: this.taskQueue,
    }),
    setCurrentDetails: () => undefined,
    upsertMemo: (memo: Record<string, unknown>) => void this.memos.push(memo),
    upsertSearchAttributes: () => undefined,
    proxySinks: () => ({ rookery: { waits: () => undefined, paused: () => undefined } }),
    patched: () => this.patched,
    condition: (holds: () => boolean, ms = Number.POSITIVE_INFINITY) =>
      holds()
        ? Promise.resolve(true)
        : new Promise<boolean>((resolve) => this.#conditions.add({ holds, until: this.now + ms, resolve })),
  };

  /** Takes over `Date.now`, until the test's mocks are restored. */
  start(): void {
    vi.spyOn(Date, 'now').mockImplementation(() => this.now);
  }

  /** The time of the next timer; undefined: nothing waits. */
  get nextTimer(): number | undefined {
    const times = [...this.#conditions].map(({ until }) => until);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** Moves the time and looks at every condition. */
  async pass(ms = 0): Promise<void> {
    this.now += ms;
    for (const condition of [...this.#conditions]) {
      const held = condition.holds();
      if (!held && condition.until > this.now) continue;
      this.#conditions.delete(condition);
      condition.resolve(held);
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** For the factory of `vi.mock`: what stands in the place of the module goes to the twin that is current when it is called. */
export function forwarding(current: () => WorkflowTwin): object {
  const forward =
    (name: keyof WorkflowTwin['module']) =>
    (...args: never[]) =>
      (current().module[name] as (...given: never[]) => unknown)(...args);
  const names = Object.keys(new WorkflowTwin().module) as (keyof WorkflowTwin['module'])[];
  return Object.fromEntries(names.map((name) => [name, forward(name)]));
}
