/** Damages the files of an SQLite database as disks and people do. The write-ahead log, which could hide it, is lost too. */
import { existsSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import type { Chance } from './random.js';

export const DAMAGES = [
  'cut in half',
  'cut within a page',
  'zeroed pages',
  'flipped bytes',
  'zero length',
  'another file',
  'a directory in its place',
  'missing',
] as const;
export type DamageKind = (typeof DAMAGES)[number];

export function damage(database: string, kind: DamageKind, chance: Chance): void {
  for (const suffix of ['-wal', '-shm']) rmSync(database + suffix, { force: true });
  const bytes = existsSync(database) ? readFileSync(database) : Buffer.alloc(0);
  switch (kind) {
    case 'cut in half':
      truncateSync(database, Math.floor(bytes.length / 2 / PAGE) * PAGE);
      break;
    case 'cut within a page':
      truncateSync(database, bytes.length - PAGE * 3 - 1 - chance.below(PAGE - 2));
      break;
    case 'zeroed pages':
      writeFileSync(database, zeroed(bytes, chance));
      break;
    case 'flipped bytes':
      writeFileSync(database, flipped(bytes, chance));
      break;
    case 'zero length':
      truncateSync(database);
      break;
    case 'another file':
      writeFileSync(database, 'Not a database.\n'.repeat(1_000));
      break;
    case 'a directory in its place':
      rmSync(database);
      mkdirSync(database);
      break;
    case 'missing':
      rmSync(database);
  }
}

// ---

const PAGE = 4_096;

/** Each fourth page but the first. */
function zeroed(bytes: Buffer, { below }: Chance): Buffer {
  for (let at = PAGE; at < bytes.length; at += PAGE) if (below(4) === 0) bytes.fill(0, at, at + PAGE);
  return bytes;
}

/** Some in the header of each fourth page. */
function flipped(bytes: Buffer, { below }: Chance): Buffer {
  for (let at = PAGE; at < bytes.length; at += PAGE) {
    if (below(4) > 0) continue;
    for (const offset of [0, 3, 5]) bytes[at + offset] = (bytes[at + offset] ?? 0) ^ (1 + below(255));
  }
  return bytes;
}
