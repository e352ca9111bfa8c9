/**
 * The health endpoint of a worker: `/live` while the process answers at all, `/ready` while it can take work. Says no
 * more than that: it has no password.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { NativeConnection, Worker } from '@temporalio/worker';
import { RookeryError, sentenceOf } from '../domain/errors.js';
import { replaceTextFile } from '../files/atomic-write.js';
import { pathsOf } from '../mirror/paths.js';

export interface Health {
  /** Until then the worker is not ready. */
  serves(worker: ServingWorker): void;
  close(): void;
}

export type ServingWorker = Pick<Worker, 'getState'> & {
  readonly connection?: Pick<NativeConnection, 'withDeadline' | 'workflowService'> | undefined;
};

/** `at`: `HOST:PORT`. Throws `environment` when it cannot listen there. */
export async function startHealth(at: string, workdir: string): Promise<Health> {
  let worker: ServingWorker | undefined;
  const problems = shortlyRemembered(() => problemsOf(worker, workdir));
  const server = createServer((request, response) => void respond(request, response, problems));
  await listen(server, at);
  server.unref();
  return {
    serves: (started) => {
      worker = started;
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

// ---

const CHECK_MS = 2_000;
const REMEMBERED_MS = 1_000;

async function problemsOf(worker: ServingWorker | undefined, workdir: string): Promise<readonly string[]> {
  const { connection } = worker ?? {};
  if (!worker || !connection) return ['the worker is starting'];
  const state = worker.getState();
  const polling = state === 'RUNNING' ? [] : [`the worker does not poll: it is ${state}`];
  const answers = connection
    .withDeadline(Date.now() + CHECK_MS, () => connection.workflowService.getSystemInfo({}))
    .then(
      () => [],
      (error) => [`the Temporal server does not answer: ${sentenceOf(error)}`],
    );
  const writable = replaceTextFile(pathsOf(workdir).probe, 'ready\n', { sync: false }).then(
    () => [],
    (error) => [`the work directory cannot be written: ${(error as NodeJS.ErrnoException).code ?? 'unknown error'}`],
  );
  return [polling, ...(await Promise.all([answers, writable]))].flat();
}

/** However often it is asked: one check at a time, and one a second. */
function shortlyRemembered<T>(check: () => Promise<T>): () => Promise<T> {
  let last: { readonly answer: Promise<T>; at: number } | undefined;
  return () => {
    if (last && performance.now() - last.at < REMEMBERED_MS) return last.answer;
    const checked = { answer: check(), at: Number.POSITIVE_INFINITY };
    last = checked;
    void checked.answer.finally(() => {
      checked.at = performance.now();
    });
    return checked.answer;
  };
}

async function respond(
  { method, url }: IncomingMessage,
  response: ServerResponse,
  problems: () => Promise<readonly string[]>,
): Promise<void> {
  const answer = (code: number, body: object): void => {
    response.writeHead(code, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    response.end(method === 'HEAD' ? undefined : `${JSON.stringify(body)}\n`);
  };
  if (method !== 'GET' && method !== 'HEAD') return answer(405, { problem: 'Only GET and HEAD' });
  if (url === '/live') return answer(200, { live: true });
  if (url !== '/ready') return answer(404, { problem: 'There are /live and /ready' });
  const found = await problems();
  return found.length === 0 ? answer(200, { ready: true }) : answer(503, { ready: false, problems: found });
}

function listen(server: Server, at: string): Promise<void> {
  const [, host = '', port] = /^\[?([^\]]+)\]?:(\d+)$/.exec(at) ?? [];
  return new Promise((resolve, reject) => {
    server.once('error', (error) =>
      reject(
        new RookeryError('environment', `--health cannot listen on ${at}: ${sentenceOf(error)}`, {
          hint: 'Give another port or address',
          cause: error,
        }),
      ),
    );
    server.listen({ host, port: Number(port) }, resolve);
  });
}
