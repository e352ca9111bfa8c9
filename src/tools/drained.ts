/** Reads what a program that has ended left in its pipes; whoever else holds one open is not waited for. */
import type { Readable } from 'node:stream';

/** After the end of all its processes a pipe holds at most what the kernel buffered. */
const DRAIN_MS = 500;

export async function drained(streams: readonly (Readable | null)[]): Promise<void> {
  const open = streams.filter((stream) => stream && !stream.closed);
  const closed = open.map((stream) => new Promise<void>((resolve) => stream?.once('close', () => resolve())));
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, DRAIN_MS);
  });
  await Promise.race([Promise.all(closed), late]);
  clearTimeout(timer);
}
