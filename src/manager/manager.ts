/**
 * The manager of the library: one method per verb, each in a separate file that is loaded on call. Signs automatically.
 * Needs a Temporal client for everything except reading.
 */

import { existsSync } from 'node:fs';
import { RookeryError } from '../domain/errors.js';
import { STALLED_MS } from '../domain/notice.js';
import { TASK_QUEUE, type TaskInput } from '../domain/protocol.js';
import { hostName } from '../mirror/host-name.js';
import { pathsOf } from '../mirror/paths.js';
import type { TemporalClient } from '../server/temporal-client.js';
import { createSigner, loadKey } from '../signing/signature.js';
import type { ManagerContext } from './context.js';
import { noteEndedWorkers } from './host-state.js';
import { TaskControl } from './manager-control.js';
import type { SubmitOptions, Submitted } from './submit.js';
import type { NewTask } from './task-schema.js';
import { openWorkDirectory } from './work-directory.js';

export interface ManagerOptions {
  readonly workdir: string;
  /** Absent: only the files can be read and written. */
  readonly client?: TemporalClient;
  /** Default: `signing.key` in the work directory, created if missing. */
  readonly signingKeyFile?: string;
  /** Default: the client's, else `default`. */
  readonly namespace?: string;
  /** Task queue of new tasks: that of the workers with the plugin. Default: `rookery`. */
  readonly taskQueue?: string;
  /** Names of the models that the workers have in `models.own`, for tasks that name one as their provider. */
  readonly ownModels?: readonly string[];
  /** Whether the files of new tasks are on this host. Default: true. */
  readonly bindToHost?: boolean;
  /** The environment of the programs that methods run: git. Only a list of harmless names is passed on. Default: none. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** After how long without a change a task counts as stalled, in milliseconds. Default: 15 minutes. */
  readonly stalledMs?: number;
  /**
   * False for readers: a missing work directory is not created, and only methods that need no signature work then.
   * Default: true.
   */
  readonly create?: boolean;
}

/**
 * The codes named are those of a `RookeryError`. A method that needs the server also throws what the Temporal client
 * throws when it cannot reach it, and one that writes files throws `workdir` when they cannot be written.
 */
export class BackgroundTaskManager extends TaskControl {
  private constructor(context: ManagerContext) {
    super(context);
  }

  /** Throws `environment` or `workdir` when the work directory or the signing key cannot be used safely. */
  static async open(options: ManagerOptions): Promise<BackgroundTaskManager> {
    const { client } = options;
    const paths = pathsOf(options.workdir);
    const { taskQueue = TASK_QUEUE, ownModels = [] } = options;
    const { stalledMs = STALLED_MS, env = {} } = options;
    const others = { taskQueue, ownModels, stalledMs, env, ...(client ? { client } : {}) };
    if (options.create === false && !existsSync(paths.workdir))
      return new BackgroundTaskManager({ paths, signer: noSigner(paths.workdir), here: NO_HOST, ...others });
    await openWorkDirectory(paths);
    if (client) noteEndedWorkers(client, paths.running);
    const key = await loadKey(options.signingKeyFile ?? paths.signingKey);
    const signer = createSigner(key, options.namespace ?? client?.options.namespace ?? 'default');
    const here = await hostName(paths);
    const bound = options.bindToHost === false ? {} : { host: here };
    return new BackgroundTaskManager({ paths, signer, here, ...bound, ...others });
  }

  /**
   * Writes the `Pending` file, then starts the task (unless `start: false`). Throws `bad_input` for a wrong input or id
   * and for an id that exists; `no_server` without a client; `environment` when the task is written and not started.
   */
  async submit(task: string | NewTask, options?: SubmitOptions): Promise<Submitted> {
    const { submit } = await import('./submit.js');
    return submit(this.context, await checked(typeof task === 'string' ? { prompt: task } : task), options);
  }

  /**
   * Starts a task that was only written. Throws `not_found`, `no_server`, and `wrong_status` when it has ended.
   * @returns the run id
   */
  async execute(id: string): Promise<string> {
    const { startPending } = await import('./submit.js');
    return startPending(this.context, id);
  }

  /** Signs the input for a workflow id, for clients that cannot sign. Throws `bad_input`. */
  async sign(id: string, task: NewTask): Promise<TaskInput> {
    const { signedInput } = await import('./submit.js');
    return signedInput(this.context, id, await checked(task));
  }

  /**
   * Signs the input of a schedule, whose action has this workflow id, for clients that cannot sign. Throws `bad_input`.
   */
  async signSchedule(workflowId: string, task: NewTask): Promise<TaskInput> {
    const { signedScheduleInput } = await import('./submit.js');
    return signedScheduleInput(this.context, workflowId, await checked(task));
  }
}

// ---

/** Loaded then: a manager that only reads needs no schemas. */
async function checked(task: NewTask): Promise<TaskInput> {
  const { withCheckedSchema } = await import('./task-schema.js');
  return withCheckedSchema(task);
}

/** The name of no host: all files are elsewhere. */
const NO_HOST = '';

/** There is no key in a work directory that does not exist. */
function noSigner(workdir: string): ManagerContext['signer'] {
  const refuse = (): never => {
    throw new RookeryError('workdir', `There is no work directory ${workdir}`, { hint: 'Check --workdir' });
  };
  const verifies = (): boolean => false;
  return {
    ...{ signStart: refuse, signMessage: refuse },
    ...{ verifyStart: verifies, verifyAgent: verifies, verifySchedule: verifies, verifyMessage: verifies },
  };
}
