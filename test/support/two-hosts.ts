/** Two hosts on one server, each a work directory with workers as processes of their own: one may be killed for good. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BackgroundTaskManager } from '../../src/manager/manager.js';
import { type Rig, type RigOptions, startRig } from './rig.js';
import { spawnWorker, type WorkerPlace, type WorkerProcess } from './worker-process.js';

export interface Host {
  readonly rig: Rig;
  readonly name: string;
  /** Of this host's work directory. */
  readonly manager: BackgroundTaskManager;
  start(): Promise<void>;
  kill(): Promise<void>;
  /** Every file of the task in the work directory, with its text. */
  filesOf(task: string): Readonly<Record<string, string>>;
}

export interface TwoHosts {
  readonly here: Host;
  readonly there: Host;
  stop(): Promise<void>;
}

/** No worker runs at first. */
export async function startTwoHosts(
  worker: Partial<WorkerPlace> = {},
  { workspaceOf }: { readonly workspaceOf?: (first: Rig) => string } = {},
): Promise<TwoHosts> {
  const first = await startRig({ worker: false });
  const { namespace, book, paths } = first;
  const signingKeyFile = paths.signingKey;
  const plugin: RigOptions['plugin'] = { signingKeyFile, ...(workspaceOf && { workspace: workspaceOf(first) }) };
  const second = await startRig({ worker: false, namespace, book, plugin });
  const [here, there] = await Promise.all([first, second].map((rig) => hostOf(rig, { signingKeyFile, ...worker })));
  if (!here || !there) throw new Error('there are two');
  return {
    here,
    there,
    async stop() {
      await Promise.all([here.kill(), there.kill()]);
      await first.stop();
      await second.stop();
    },
  };
}

// ---

async function hostOf(rig: Rig, worker: Partial<WorkerPlace>): Promise<Host> {
  const { address, namespace, workspace, paths, client } = rig;
  const place = { address, namespace, workspace, workdir: paths.workdir, ...worker };
  const { signingKeyFile } = worker;
  const options = { workdir: paths.workdir, client, namespace, ...(signingKeyFile && { signingKeyFile }) };
  let process: WorkerProcess | undefined;
  return {
    rig,
    name: rig.plugin.host,
    manager: await BackgroundTaskManager.open(options),
    async start() {
      process = await spawnWorker(place);
    },
    async kill() {
      await process?.kill();
      process = undefined;
    },
    filesOf: (task) => ({
      ...filesIn(join(paths.claims, task)),
      ...filesIn(paths.tasks, task),
      ...filesIn(paths.checkpoints, task),
    }),
  };
}

function filesIn(directory: string, start = ''): Record<string, string> {
  const names = existingIn(directory).filter((name) => name.startsWith(start));
  return Object.fromEntries(names.map((name) => [join(directory, name), readFileSync(join(directory, name), 'utf8')]));
}

function existingIn(directory: string): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => (entry.isFile() ? [entry.name] : []));
  } catch {
    return [];
  }
}
