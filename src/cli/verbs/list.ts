/** `rookery list`: every task, newest first. */
import { Option } from 'commander';
import { RookeryError } from '../../domain/errors.js';
import { STATUSES, type Status } from '../../domain/task.js';
import type { ListServer } from '../../manager/list.js';
import type { BackgroundTaskManager } from '../../manager/manager.js';
import { httpClient } from '../../server/http-client.js';
import { connectReader, reportOffline } from '../connect.js';
import { EXIT, type ExitCode } from '../exit.js';
import { tableOf } from '../render.js';
import { openManager, openSession, type Session, type VerbOptions, type VerbSpec } from '../session.js';

export const spec: VerbSpec = {
  words: '',
  help:
    'Lists all tasks, newest first: those whose files are here, and those of other hosts on the same server.\n' +
    'Without a server it reads the task files.',
  options: [new Option('--status <status>', 'only these: pending, running, completed, failed, cancelled')],
  examples: ['rookery list --status running', 'rookery list --json'],
  run,
};

async function run(_words: string[], options: VerbOptions): Promise<ExitCode> {
  const wanted = statusNamed(options.status);
  const session = await openSession(options);
  const { out } = session;
  const { manager, server } = await readers(session);
  const { tasks, errors } = await (out.json ? manager.list(server) : manager.overview(server));
  const shown = tasks.filter(({ status }) => wanted === undefined || status === wanted);
  for (const { file, reason } of errors) out.info(`${file} is skipped: ${reason}`);
  if (out.json) out.values('tasks', shown, { errors });
  else out.lines(tableOf(shown, manager.host));
  return EXIT.done;
}

/** The embedded server is asked without finding out first whether it runs, and while the files are read. */
async function readers(session: Session): Promise<{ manager: BackgroundTaskManager; server?: ListServer }> {
  const { temporal, paths, dataConverter } = session;
  // A codec is for the client of the SDK alone.
  if (temporal.kind === 'cluster' || dataConverter) return { manager: (await connectReader(session)).manager };
  const server = { client: httpClient(paths.workdir, 1), onAbsent: () => reportOffline(session) };
  return { manager: await openManager(session, undefined, { local: true, create: false }), server };
}

function statusNamed(text: unknown): Status | undefined {
  if (typeof text !== 'string') return undefined;
  const status = STATUSES.find((name) => name.toLowerCase() === text.toLowerCase());
  if (status) return status;
  throw new RookeryError('usage', `There is no status '${text}'`, {
    hint: `Statuses: ${STATUSES.join(', ').toLowerCase()}`,
  });
}
