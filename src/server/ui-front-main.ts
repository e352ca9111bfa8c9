/**
 * The process of the front: listens, reports to its parent, and ends with the Temporal server that it protects.
 * Its argument is a `FrontTask` as JSON.
 */
import { isAlive } from '../files/process-identity.js';
import { createUiFront } from './ui-front.js';
import type { FrontReport, FrontTask } from './ui-front-process.js';

const POLL_INTERVAL_MS = 1_000;

function main({ server, ...options }: FrontTask): void {
  const front = createUiFront(options);
  front.on('error', ({ message }) => report({ kind: 'failed', why: message }));
  front.on('listening', () => report({ kind: 'listening' }));
  front.listen({ port: options.port, host: '127.0.0.1', exclusive: true });
  setInterval(() => {
    if (!isAlive(server)) process.exit(0);
  }, POLL_INTERVAL_MS);
}

/** The parent may have ended already: then the report is dropped, and the front keeps serving. */
function report(message: FrontReport): void {
  process.send?.(message, () => {
    if (process.connected) process.disconnect();
    if (message.kind === 'failed') process.exit(1);
  });
}

main(JSON.parse(process.argv[2] ?? '{}') as FrontTask);
