/**
 * The context and the helpers that all verbs of the manager share: one outcome per id, shortened ids, and requests that
 * follow a signal and release it afterwards, because a long follow makes thousands of requests on one signal.
 */

import { existsSync } from 'node:fs';
import { RookeryError, sentenceOf } from '../domain/errors.js';
import type { Status } from '../domain/task.js';
import { isName } from '../domain/task-about.js';
import { fileNameOf, idOfFileName, isTaskId } from '../domain/task-id.js';
import { tasksWith } from '../domain/visibility-queries.js';
import type { Paths } from '../mirror/paths.js';
import { idsWith } from '../mirror/reader.js';
import { inPlainWords } from '../server/connect.js';
import type { TemporalClient } from '../server/temporal-client.js';
import type { Signer, Verifier } from '../signing/signature.js';
import { describe } from './describe-workflow.js';
import { newestRuns } from './query-tasks.js';

export interface ManagerContext {
  readonly paths: Paths;
  readonly signer: Signer & Verifier;
  /** Task queue of new tasks. */
  readonly taskQueue: string;
  /** Names that a task may give as its provider beside those of the table. */
  readonly ownModels?: readonly string[];
  /** Name of this host, as the tasks name it that have their files here. */
  readonly here: string;
  /** The host that new tasks are bound to. Absent: that of the first worker that answers. */
  readonly host?: string;
  /** Of the programs that a method runs: git. Default: empty. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** After how long without a change a task counts as stalled, in milliseconds. */
  readonly stalledMs: number;
  /** Absent: no server runs, and only the files can be read. */
  readonly client?: TemporalClient;
}

export type Online = ManagerContext & { readonly client: TemporalClient };

export function online(context: ManagerContext): Online {
  const { client } = context;
  if (client) return { ...context, client };
  throw new RookeryError('no_server', 'No Temporal server is running for this work directory', {
    hint: 'Run `rookery up`',
  });
}

export function notFound(id: string): RookeryError {
  return new RookeryError('not_found', `Task '${id}' not found`, { hint: 'Run `rookery list` to see all tasks' });
}

export async function abortable<T>(
  client: TemporalClient,
  signal: AbortSignal | undefined,
  send: () => Promise<T>,
): Promise<T> {
  if (!signal) return send();
  signal.throwIfAborted();
  const request = new AbortController();
  const stop = (): void => request.abort(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await client.withAbortSignal(request.signal, send);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

export interface VerbOutcome {
  readonly id: string;
  readonly ok: boolean;
  readonly status: Status | null;
  readonly code?: string;
  readonly message?: string;
  /** The call that it is about, where it is about one. */
  readonly call?: string;
}

/** An error of one id is its outcome: the other ids continue. */
export async function outcomeOf(id: string, work: () => Promise<VerbOutcome>): Promise<VerbOutcome> {
  try {
    return await work();
  } catch (caught) {
    const error = inPlainWords(caught);
    const code = error instanceof RookeryError ? error.code : 'environment';
    return { id, ok: false, status: null, code, message: sentenceOf(error) };
  }
}

/** Minimum number of characters of a shortened id. */
export const SHORTEST_ID = 4;

/**
 * @returns the whole id; given whole, as the name of its file, as its first characters, or as the name of the task, in
 * this order. Throws `usage` for a prefix that is too short, `ambiguous` for what fits several tasks.
 */
export async function resolveId(context: ManagerContext, given: string): Promise<string> {
  if (!isTaskId(given)) return (await idNamed(context, given)) ?? fail(notFound(given));
  const here = await idsWith(context.paths, given);
  const wholeIn = (ids: readonly string[]) => [given, idOfFileName(given)].find((id) => id && ids.includes(id));
  const whole = wholeIn(here);
  if (whole !== undefined) return whole;
  if (given.length < SHORTEST_ID) {
    const named = await idNamed(context, given);
    if (named !== undefined) return named;
    throw new RookeryError('usage', `The id '${given}' is too short`, {
      hint: `Give at least ${SHORTEST_ID} characters`,
    });
  }
  const matches = [...new Set([...here, ...(await idsInTemporal(context, given))])];
  const only = wholeIn(matches) ?? (matches.length === 1 ? matches[0] : undefined);
  if (only !== undefined) return only;
  if (matches.length > 1) throw ambiguous(given, matches);
  const named = await idNamed(context, given);
  if (named !== undefined) return named;
  // An interrupted submit has left only this.
  if (existsSync(context.paths.input(given))) return given;
  // Visibility may be late.
  if (context.client && (await describe(context.client, given))) return given;
  throw notFound(given);
}

async function idNamed(context: ManagerContext, given: string): Promise<string | undefined> {
  if (!isName(given)) return undefined;
  const { idsNamed } = await import('./task-names.js');
  const [only, ...others] = await idsNamed(context, given);
  if (only !== undefined && others.length > 0) throw ambiguous(given, [only, ...others]);
  return only;
}

function fail(error: Error): never {
  throw error;
}

/** Ids of tasks whose files may be on other hosts: those that start so, or whose file names do. */
async function idsInTemporal({ client }: ManagerContext, prefix: string): Promise<string[]> {
  if (!client) return [];
  // The name of a file begins as the id does, up to the first encoded character.
  const [plain = ''] = prefix.split('%', 1);
  const rows = await newestRuns(client, { query: tasksWith(plain) });
  return [...rows.keys()].filter((id) => isTaskId(id) && (id.startsWith(prefix) || fileNameOf(id).startsWith(prefix)));
}

export function ambiguous(given: string, matches: readonly string[]): RookeryError {
  return new RookeryError('ambiguous', `The id '${given}' matches ${matches.length} tasks`, {
    hint: `Give more characters of the id: ${matches.slice(0, 5).join(', ')}`,
  });
}
