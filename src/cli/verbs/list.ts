/** `rookery list`: every task, in groups: what needs a person first, what is done last. */
import { Option } from 'commander';
import { environment } from '../../config/environment.js';
import { RookeryError } from '../../domain/errors.js';
import type { ListedOverview, ListServer } from '../../manager/list.js';
import type { BackgroundTaskManager } from '../../manager/manager.js';
import { httpClient } from '../../server/http-client.js';
import { EXIT, type ExitCode } from '../exit.js';
import { FILTER_OPTIONS, filterOf, type ListFilter } from '../list-filter.js';
import { listLines } from '../list-table.js';
import { type Screen, screenOf, watchList } from '../list-watch.js';
import { openManager, openSession, reportOffline, type Session, type VerbOptions, type VerbSpec } from '../session.js';

export const spec: VerbSpec = {
  words: '',
  help:
    'Lists all tasks in groups, newest first: those whose files are here, and those of other hosts on the same server.\n' +
    'Without a server it reads the task files.',
  options: [...FILTER_OPTIONS, new Option('--watch', 'show the list until Ctrl-C, and what changes in it')],
  examples: [
    'rookery list --status running',
    'rookery list --since 12h --workspace',
    'rookery list --json --limit 100',
  ],
  run,
};

async function run(_words: string[], options: VerbOptions): Promise<ExitCode> {
  const filter = filterOf(options);
  // Here it is a filter, not a setting.
  const { workspace: _, ...others } = options;
  const session = await openSession(others as VerbOptions);
  const { out } = session;
  if (options.watch === true) return watched(session, filter);
  const { manager, server } = await readers(session);
  const listed = await filtered(manager, server, filter);
  for (const { file, reason } of listed.errors) out.info(`${file} is skipped: ${reason}`);
  if (out.json) await out.texts('tasks', await manager.statusTexts(listed), { errors: listed.errors });
  else out.printed(listLines(listed.tasks, tableFor(session, manager)));
  return EXIT.done;
}

/** A list that is no terminal's. */
const PLAIN_WIDTH = 120;

async function watched(session: Session, filter: ListFilter): Promise<ExitCode> {
  const { out } = session;
  if (out.json || !out.colored) {
    throw new RookeryError('usage', '--watch needs a terminal that takes control characters', {
      hint: 'Use `rookery list`, or `rookery list --json`, again and again',
    });
  }
  let offline = false;
  const { manager, server } = await readers(session, () => {
    offline = true;
  });
  return watchList({
    load: async () => {
      offline = false;
      return filtered(manager, server, filter);
    },
    lines: ({ tasks }, screen) => [
      ...(offline ? ['No Temporal server is running: this is from the task files.'] : []),
      ...listLines(tasks, { ...tableFor(session, manager), ...screen }),
    ],
  });
}

async function filtered(
  manager: BackgroundTaskManager,
  server: ListServer | undefined,
  { matches, limit }: ListFilter,
): Promise<ListedOverview> {
  const { tasks, errors } = await manager.overview(server);
  return { tasks: tasks.filter(matches).slice(0, limit), errors };
}

function tableFor({ out }: Session, { host: here }: BackgroundTaskManager) {
  const screen: Partial<Screen> = process.stdout.isTTY
    ? screenOf(process.stdout)
    : { width: Number(environment.COLUMNS) || PLAIN_WIDTH };
  return { width: PLAIN_WIDTH, ...screen, color: out.colored, here, now: Date.now() };
}

/** The embedded server is asked without finding out first whether it runs, and while the files are read. */
async function readers(
  session: Session,
  onAbsent = () => reportOffline(session),
): Promise<{ manager: BackgroundTaskManager; server?: ListServer }> {
  const { temporal, paths, dataConverter } = session;
  // A codec is for the client of the SDK alone.
  if (temporal.kind === 'cluster' || dataConverter) {
    const { connectReader } = await import('../connect.js');
    return { manager: (await connectReader(session)).manager };
  }
  const server = { client: httpClient(paths.workdir, 1), onAbsent };
  return { manager: await openManager(session, undefined, { local: true, create: false }), server };
}
