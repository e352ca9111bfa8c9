/** The checks of `doctor`: each checks one thing and reports its state and the fix. */
import { access, constants, stat } from 'node:fs/promises';
import type { Client } from '@temporalio/client';
import { channelSettings, hasChannels } from '../config/notify-settings.js';
import { usableProviders } from '../config/providers.js';
import { RookeryError, sentenceOf } from '../domain/errors.js';
import { ALL_SEARCH_ATTRIBUTES, searchNames } from '../domain/search.js';
import { fileProblem } from '../files/errors.js';
import { inShell, parentOfGroup } from '../files/ownership.js';
import { checkWorkDirectory } from '../manager/work-directory.js';
import { listTasks } from '../mirror/reader.js';
import { missingPrograms } from '../notify/channels.js';
import { connectTemporal, GRPC, grpcCode } from '../server/connect.js';
import { usesWriteAheadLog } from '../server/database.js';
import { reachableByBrowsers, runningServer } from '../server/embedded.js';
import { serverFiles } from '../server/files.js';
import { cloudOptions, registeredSearchAttributes, registerSearchAttributes } from '../server/search-attributes.js';
import { loadKey } from '../signing/signature.js';
import { ownTools } from '../tools/user-tools.js';
import { ensureServer } from './connect.js';
import { writeProblem } from './disk-check.js';
import type { DoctorCheck } from './doctor-check.js';
import { damageCheck } from './repair-database.js';
import { sandboxChecks } from './sandbox-checks.js';
import type { Session } from './session.js';
import { runningWorker } from './worker-process.js';
import { worktreeCheck } from './worktree-check.js';

const good = (name: string, message: string): DoctorCheck => ({ name, ok: true, message });
const bad = (name: string, message: string, fix: string): DoctorCheck => ({ name, ok: false, message, fix });

export interface Fixes {
  readonly applyFixes: boolean;
  /** What the repair of the database said. */
  readonly repaired: readonly DoctorCheck[];
}

export async function allChecks(session: Session, { applyFixes, repaired }: Fixes): Promise<DoctorCheck[]> {
  const unsafe = unsafeWorkdir(session);
  // Other users can write there, so no further check reads it.
  if (unsafe) return [node(), unsafe, models(session)];
  const checks = [node(), await workdir(session), await signingKey(session), models(session), await files(session)];
  return [
    ...checks,
    ...(await sandboxChecks(session)),
    ...(await worktreeCheck(session.paths)),
    ...(await toolsFiles(session)),
    ...notifier(session),
    ...(repaired.length > 0 ? repaired : await damageCheck(session)),
    ...(await serverChecks(session, applyFixes)),
    await worker(session),
  ];
}

// ---

function node(): DoctorCheck {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const fits = major > 20 || (major === 20 && minor >= 19);
  const message = `Node ${process.versions.node}`;
  return fits ? good('node', message) : bad('node', message, 'Use Node 20.19 or newer');
}

function unsafeWorkdir({ paths }: Session): DoctorCheck | undefined {
  try {
    checkWorkDirectory(paths);
    return undefined;
  } catch (error) {
    return bad('workdir', sentenceOf(error), error instanceof RookeryError ? (error.hint ?? '') : '');
  }
}

const ROOM = 'Make room on its disk, or choose another --workdir';

async function workdir({ paths }: Session): Promise<DoctorCheck> {
  const path = paths.workdir;
  try {
    const found = await stat(path);
    await access(path, constants.W_OK);
    if ((found.mode & 0o077) !== 0)
      return bad('workdir', `${path} can be read by others`, `chmod 700 ${inShell(path)}`);
    const problem = await writeProblem(paths);
    if (problem !== undefined) return bad('workdir', `${path} cannot be written: ${problem}`, ROOM);
    const parent = parentOfGroup(path);
    return good('workdir', parent === undefined ? path : `${path}; the group of ${parent} can replace it`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return good('workdir', `${path} will be created`);
    return bad('workdir', `${path} cannot be used: ${fileProblem(error)}`, 'Choose another --workdir');
  }
}

async function signingKey({ paths, env }: Session): Promise<DoctorCheck> {
  const path = env.ROOKERY_SIGNING_KEY_FILE ?? paths.signingKey;
  if (!(await stat(path).catch(() => undefined))) return good('signing key', `${path} will be created`);
  try {
    await loadKey(path);
    return good('signing key', `${path}, readable only by you`);
  } catch (error) {
    return bad('signing key', sentenceOf(error), error instanceof RookeryError ? (error.hint ?? '') : '');
  }
}

function models({ settings, env }: Session): DoctorCheck {
  const names = usableProviders(settings, env);
  return good('models', `usable: ${names.join(', ')}`);
}

/** Checks each file separately: a broken one hides no other. */
async function toolsFiles({ settings }: Session): Promise<DoctorCheck[]> {
  return Promise.all(
    settings.tools.value.map(async (file) => {
      try {
        const names = (await ownTools([file])).map(({ name }) => name);
        return good('tools', `${file} has ${names.join(', ')}`);
      } catch (error) {
        return bad(
          'tools',
          sentenceOf(error),
          (error instanceof RookeryError ? error.hint : undefined) ?? 'Fix the file, or remove it from the settings',
        );
      }
    }),
  );
}

/** Nothing where no channel is configured. */
function notifier({ settings, env, paths }: Session): DoctorCheck[] {
  const { value } = settings.notify;
  if (!hasChannels(value)) return [];
  const { problem } = channelSettings(value, env);
  const missing = missingPrograms(value, { env, cwd: paths.workdir }).map(
    ({ channel, program }) => `${channel}: there is no program ${program}`,
  );
  const problems = [...missing, ...(problem === undefined ? [] : [`webhook: ${problem}`])];
  if (problems.length > 0) return [bad('notify', problems.join('; '), 'Correct [notify] in your config.toml')];
  const names = (['command', 'webhook', 'desktop'] as const).filter((name) => value[name]);
  return [good('notify', `${names.join(', ')}; try it with \`rookery notify test\``)];
}

async function files({ paths }: Session): Promise<DoctorCheck> {
  const { tasks, errors } = await listTasks(paths);
  if (errors.length === 0) return good('task files', `${tasks.length} can be read`);
  const what = errors.map(({ file, reason }) => `${file}: ${reason}`).join('; ');
  return bad('task files', `${errors.length} cannot be read: ${what}`, 'They are not changed; restore or remove them');
}

async function serverChecks(session: Session, applyFixes: boolean): Promise<DoctorCheck[]> {
  const { temporal, paths } = session;
  try {
    const server = temporal.kind === 'cluster' ? await ensureServer(session) : await runningServer(paths.workdir);
    if (!server) return [bad('server', 'the Temporal server is not running', 'rookery up -d')];
    const client = await connectTemporal({ ...server, dataConverter: session.dataConverter });
    const reached = good('server', `Temporal at ${server.address}, namespace ${server.namespace}`);
    const ours = temporal.kind === 'embedded' ? [await journal(session), await browsers(session)] : [];
    return [reached, ...ours, await retention(client), await attributes(client, applyFixes)];
  } catch (error) {
    const hint = error instanceof RookeryError ? error.hint : undefined;
    return [bad('server', sentenceOf(error), hint ?? 'Check the address, or run rookery up -d')];
  }
}

async function journal({ paths }: Session): Promise<DoctorCheck> {
  const wal = await usesWriteAheadLog(serverFiles(paths.workdir));
  return wal
    ? good('database', 'write-ahead log, synced at every commit')
    : bad('database', 'not in WAL mode', 'rookery down, then up');
}

async function browsers({ paths }: Session): Promise<DoctorCheck> {
  const open = (await reachableByBrowsers(paths.workdir)) ?? [];
  return open.length === 0
    ? good('browsers', 'the server answers no web page except its own Web UI')
    : bad('browsers', open.join('; '), 'rookery down, then up');
}

async function retention(client: Client): Promise<DoctorCheck> {
  const { namespace } = client.options;
  let seconds: number;
  try {
    const { config } = await client.workflowService.describeNamespace({ namespace });
    seconds = Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0);
  } catch (error) {
    if (!isForbidden(error)) throw error;
    return good('retention', 'this client may not see it; closed workflows should be kept at least 30 days');
  }
  const days = Math.floor(seconds / 86_400);
  if (days >= 30) return good('retention', `closed workflows are kept ${days} days`);
  return bad(
    'retention',
    `closed workflows are kept only ${days} days`,
    `temporal operator namespace update --retention 30d -n ${namespace}; on Temporal Cloud: tcld namespace retention set --retention-days 30 -n ${namespace}`,
  );
}

/** Missing search attributes are not a failure: tasks are then started without them. */
async function attributes(client: Client, applyFixes: boolean): Promise<DoctorCheck> {
  const name = 'search attributes';
  const registered = await registeredSearchAttributes(client);
  const missing = ALL_SEARCH_ATTRIBUTES.filter((one) => !registered.includes(one));
  if (missing.length === 0) return good(name, `${searchNames(registered)} are registered`);
  const names = searchNames(missing);
  if (!applyFixes) return good(name, `not registered: ${names}; \`rookery doctor --fix\` registers them`);
  try {
    await registerSearchAttributes(client, missing);
  } catch (error) {
    if (!isForbidden(error)) throw error;
    const type = `tcld namespace search-attributes add -n ${client.options.namespace} ${cloudOptions(missing)}`;
    return bad(
      name,
      'the server does not let this client register them',
      `An administrator does; on Temporal Cloud: ${type}`,
    );
  }
  return good(name, `registered now: ${names}; restart the worker to use them`);
}

/** Temporal Cloud has no operator service, and another server may keep it for its administrators. */
function isForbidden(error: unknown): boolean {
  const code = grpcCode(error);
  return code === GRPC.permissionDenied || code === GRPC.unimplemented || code === GRPC.unauthenticated;
}

async function worker({ paths }: Session): Promise<DoctorCheck> {
  const note = await runningWorker(paths);
  if (!note) return bad('worker', 'no worker is running for this work directory', 'rookery up -d');
  return good('worker', `process ${note.pid}, providers: ${note.providers.join(', ')}`);
}
