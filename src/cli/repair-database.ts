/**
 * What `doctor` says of the embedded server's database, and what `doctor --fix` does with a damaged one: moves it away,
 * makes a new one, continues the open tasks from their files, and says what is lost.
 */
import { chmodSync } from 'node:fs';
import { RookeryError, sentenceOf } from '../domain/errors.js';
import { fileNameOf } from '../domain/task-id.js';
import { makeDirectory } from '../files/atomic-write.js';
import { codeOf } from '../files/errors.js';
import { withLock } from '../files/file-lock.js';
import type { VerbOutcome } from '../manager/context.js';
import type { Recovery } from '../manager/recover.js';
import { openWorkDirectory } from '../manager/work-directory.js';
import { type Damage, damagedDatabase, databaseDamage, liveDamage, loggedDamage } from '../server/damage.js';
import { stopServer } from '../server/embedded.js';
import { type ServerFiles, serverFiles } from '../server/files.js';
import { endSetAside, finishMoving, type SetAside, setAside, unfinishedSetAside } from '../server/set-aside.js';
import { liveState } from '../server/state.js';
import { adopterSettings } from './adopter-settings.js';
import { ensureServer, openClient, UP_WAIT_MS } from './connect.js';
import { writeProblem } from './disk-check.js';
import type { DoctorCheck } from './doctor-check.js';
import { openManager, type Session } from './session.js';
import { stopWorkerProcess } from './worker-process.js';

/** @returns a line when something is wrong; nothing for a database that cannot be looked at because it is in use */
export async function damageCheck({ temporal, paths }: Session): Promise<DoctorCheck[]> {
  if (temporal.kind !== 'embedded') return [];
  const files = serverFiles(paths.workdir);
  return reported(async () => {
    if (await unfinishedSetAside(files)) return [broken(`the repair of ${files.database} was interrupted`)];
    const damage = await findDamage(files);
    return damage ? [broken(damagedDatabase(files, damage).message)] : [];
  });
}

/** Does nothing to a database that is whole, and says what it could not do. */
export async function repairDatabase(session: Session): Promise<DoctorCheck[]> {
  const { temporal, paths } = session;
  if (temporal.kind !== 'embedded') return [];
  // Without a server no task could continue.
  if (session.options.start === false) return damageCheck(session);
  const files = serverFiles(paths.workdir);
  return reported(async () => {
    if (!(await unfinishedSetAside(files)) && !(await findDamage(files))) return [];
    await openWorkDirectory(paths);
    await makeDirectory(paths.side);
    return withLock(paths.upLock, () => repairAlone(session, files), UP_WAIT_MS);
  });
}

// ---

const NAME = 'database content';

async function reported(work: () => Promise<DoctorCheck[]>): Promise<DoctorCheck[]> {
  try {
    return await work();
  } catch (error) {
    const fix = error instanceof RookeryError ? error.hint : undefined;
    return [{ name: NAME, ok: false, message: sentenceOf(error), ...(fix === undefined ? {} : { fix }) }];
  }
}

function broken(message: string): DoctorCheck {
  return { name: NAME, ok: false, message, fix: 'rookery doctor --fix' };
}

async function findDamage(files: ServerFiles): Promise<Damage | undefined> {
  if (!(await liveState(files))) return databaseDamage(files);
  const found = await liveDamage(files);
  return found === undefined || found === 'unknown' ? loggedDamage(files) : found;
}

/** Looks again: another command may have repaired it meanwhile. */
async function repairAlone(session: Session, files: ServerFiles): Promise<DoctorCheck[]> {
  const { out, paths } = session;
  const unfinished = await unfinishedSetAside(files);
  const found = unfinished ? undefined : await findDamage(files);
  const damage = found?.forbidden && makeReadable(files) ? await findDamage(files) : found;
  if (!unfinished && !damage) return [];
  // Nothing is stopped for a repair that cannot be made.
  const problem = await writeProblem(paths);
  if (problem !== undefined) throw new RookeryError('workdir', `${files.database} is not repaired: ${problem}`);
  out.info(unfinished ? 'Finishing the repair of the database.' : `The database is damaged: ${damage?.why}.`);
  await stopWorkerProcess(paths);
  await stopServer(paths.workdir);
  const aside = unfinished ? await finishMoving(files, unfinished) : await moveDamaged(files, damage);
  // It was only in use.
  if (!aside) return [];
  out.info(`The database is kept as ${aside.path}; a new one is made.`);
  const server = await ensureServer(session, { repairing: true });
  const client = await openClient(session, server);
  const manager = await openManager(session, client, { local: true });
  const recovery = await manager.recover((file) => adopterSettings(session, file));
  for (const { id, message = '' } of recovery.results) out.info(`${labelOf(recovery, id)}: ${message}`);
  await endSetAside(files);
  return [repaired(aside, recovery)];
}

/** What SQLite itself has logged counts without another look. @returns undefined for one that is whole after all */
async function moveDamaged(files: ServerFiles, found: Damage | undefined): Promise<SetAside | undefined> {
  const logged = await loggedDamage(files);
  const damage = databaseDamage(files) ?? logged;
  return damage && found && setAside(files, damage.why);
}

function makeReadable({ database }: ServerFiles): boolean {
  try {
    chmodSync(database, 0o600);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EPERM') return false;
    throw error;
  }
}

function repaired({ path, why }: SetAside, recovery: Recovery): DoctorCheck {
  const { results, paused, ended } = recovery;
  const names = (some: readonly VerbOutcome[]): string => some.map(({ id }) => labelOf(recovery, id)).join(', ');
  const going = results.filter(({ ok }) => ok);
  const failed = results.filter(({ ok }) => !ok);
  const parts = [
    `it was damaged (${why}) and is kept as ${path}; there is a new one`,
    `open tasks that continue from their files: ${going.length}${going.length > 0 ? ` (${names(going)})` : ''}`,
    ...(paused.length > 0 ? [`paused as before: ${paused.map((id) => labelOf(recovery, id)).join(', ')}`] : []),
    ...(failed.length > 0 ? [`not continued: ${failed.length} (${names(failed)})`] : []),
    `lost: the histories of ${ended} ended ${ended === 1 ? 'task, whose files stay' : 'tasks, whose files stay'}; open approvals ` +
      'and answers, messages that were not delivered, raised limits; workflows and schedules that are not tasks; what each task ' +
      'has read, so that its commands may need an approval',
  ];
  const message = parts.join('; ');
  if (failed.length === 0) return { name: NAME, ok: true, message };
  return { name: NAME, ok: false, message, fix: `rookery resume ${fileNameOf(failed[0]?.id ?? '')}` };
}

function labelOf({ names }: Recovery, id: string): string {
  const name = names.get(id);
  return name === undefined ? fileNameOf(id) : `${fileNameOf(id)} (${name})`;
}
