/**
 * Puts our activities into the options of a user's worker, once, beside what the worker already has, and keeps the
 * options that the worker finally gets: those of the worker for the host's queue are made from them.
 */
import type { WorkerOptions, WorkerPlugin } from '@temporalio/worker';
import type { Activities } from '../../activities/index.js';
import { RookeryError } from '../domain/errors.js';
import { WORKFLOW_TYPE } from '../domain/protocol.js';
import { ACTIVITY_PREFIX, prefixed } from '../domain/worker-names.js';
import { definesOwnWorkflow } from './own-workflow.js';

const FIRST = `${ACTIVITY_PREFIX}iterate`;

/** One worker of the user with our activities. */
export interface Registration {
  readonly activities: Readonly<Record<string, object>>;
  /** What `Worker.create` got, after all plugins. */
  options: WorkerOptions;
  /** The plugin may be in the list of plugins twice: once of the worker, once of its connection. */
  running: boolean;
}

export class Registrations {
  /** By our first activity: it is all that the options and the finished worker have in common. */
  readonly #byActivity = new WeakMap<object, Registration>();

  /** Whether these options have our activities already. */
  has({ activities }: WorkerOptions): boolean {
    const first = (activities as Record<string, object> | undefined)?.[FIRST];
    return first !== undefined && this.#byActivity.has(first);
  }

  find(activities: ReadonlyMap<string, object>): Registration | undefined {
    const first = activities.get(FIRST);
    return first && this.#byActivity.get(first);
  }

  /**
   * @returns `configured` with our activities. Throws `usage` for a worker that has activities or a workflow of the same
   * names, as those of a second plugin.
   */
  add(configured: WorkerOptions, ours: Activities): WorkerOptions {
    const named = prefixed(ours);
    assertNoClash(configured, named);
    // The plain names serve runs that an older version began, and give way to activities of the user.
    const { notify: _, ...plain } = ours;
    const options = { ...configured, activities: { ...plain, ...configured.activities, ...named } };
    const registration = { activities: { ...plain, ...named }, options, running: false };
    this.#byActivity.set(named[FIRST], registration);
    configured.plugins?.push(lastPlugin(registration, named[FIRST]));
    return options;
  }
}

// ---

/** `Worker.create` goes through its own list of plugins in order, so the last one sees what all others made. */
function lastPlugin(registration: Registration, first: object): WorkerPlugin {
  return {
    name: 'rookery.BackgroundTasks.options',
    configureWorker(options) {
      // The same list may serve for another worker.
      const { [FIRST]: registered } = (options.activities ?? {}) as Record<string, unknown>;
      if (registered === first) registration.options = options;
      return options;
    },
  };
}

function assertNoClash(options: WorkerOptions, ours: object): void {
  const { taskQueue, activities } = options;
  const taken = Object.keys(activities ?? {}).find((name) => Object.hasOwn(ours, name));
  if (taken !== undefined) {
    throw new RookeryError('usage', `The worker of task queue '${taskQueue}' already has an activity '${taken}'`, {
      hint: 'A worker takes one BackgroundTasksPlugin, and names that begin with rookery. belong to it',
    });
  }
  if (!definesOwnWorkflow(options)) return;
  throw new RookeryError('usage', `The worker of task queue '${taskQueue}' has another workflow '${WORKFLOW_TYPE}'`, {
    hint: "The plugin's workflow has that name: rename yours, and export everything of 'rookery/workflows'",
  });
}
