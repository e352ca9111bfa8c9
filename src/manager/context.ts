/** What every verb of the manager works on. */
import type { Client } from '@temporalio/client';
import { RookeryError } from '../domain/errors.js';
import type { Paths } from '../mirror/paths.js';
import type { Signer, Verifier } from '../signature.js';

export interface ManagerContext {
  readonly paths: Paths;
  readonly signer: Signer & Verifier;
  /** Queue of the host that has the files; new tasks are bound to it. Absent: the first worker that answers. */
  readonly host?: string;
  /** Absent: no server runs, and only the files can be read. */
  readonly client?: Client;
}

export type Online = ManagerContext & { readonly client: Client };

export function online(context: ManagerContext): Online {
  const { client } = context;
  if (client) return { ...context, client };
  throw new RookeryError('no_server', 'No Temporal server runs for this work directory', { hint: 'Run `rookery up`' });
}

export function notFound(id: string): RookeryError {
  return new RookeryError('not_found', `Task '${id}' not found`, { hint: 'Run `rookery list` to see all tasks' });
}
