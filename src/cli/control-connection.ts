/**
 * Connects the verbs that talk to a running task. The server keeps their messages, so it is started where none runs, and no
 * worker is: pausing a task must not begin with running it.
 */
import type { BackgroundTaskManager } from '../manager/manager.js';
import { openWorkDirectory } from '../manager/work-directory.js';
import { connectManager, ensureServer, openClient } from './connect.js';
import { openManager, type Session } from './session.js';

export async function connectServer(session: Session): Promise<BackgroundTaskManager> {
  const server = await ensureServer(session);
  await openWorkDirectory(session.paths);
  return openManager(session, await openClient(session, server), { local: true });
}

/** For what lets a task continue: with a worker, unless the command may start nothing. */
export async function connectToContinue(session: Session): Promise<BackgroundTaskManager> {
  if (session.options.start === false) return connectServer(session);
  return (await connectManager(session)).manager;
}
