/**
 * The head of a log: how many entries it has, in a separate file, so that a cut tail shows. Sealed with the key under
 * another label than the entries. Written after the entries: it may be behind them, after a crash, but not ahead.
 */
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { canonical } from '../domain/canonical-json.js';
import { codeOf } from '../files/errors.js';
import { ownIdentity } from '../files/process-identity.js';
import type { AuditFiles } from './files.js';

/** A place in the log: so many entries, in so many bytes, the last of them with this HMAC. */
export interface Point {
  readonly count: number;
  readonly bytes: number;
  readonly hmac: string;
}

export const START_POINT: Point = { count: 0, bytes: 0, hmac: '' };

export interface Head {
  readonly last: Point;
  /** Up to here a power cut can take nothing. */
  readonly synced: Point;
  /** Of the system that wrote it; empty where it has no name. */
  readonly boot: string;
}

export type HeadRead = Head | 'absent' | 'forged';

export function currentBoot(): string {
  return ownIdentity().started.split('/', 1)[0] ?? '';
}

/** What must be there: after a power cut what was not yet on disk may be gone. */
export function durableHead({ last, synced, boot }: Head): Point {
  return boot === currentBoot() ? last : synced;
}

export function readHead(path: string, key: Buffer): HeadRead {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return 'absent';
    throw error;
  }
  try {
    const { mac: _, ...head } = JSON.parse(text) as Head & { mac: string };
    return headText(head, key) === text ? head : 'forged';
  } catch {
    return 'forged';
  }
}

export interface HeadsRead {
  /** The one that knows of more entries. */
  readonly head: Head | undefined;
  /** What is wrong with them where the log has entries; the anchor may be absent, it lies where other things happen. */
  readonly problems: readonly string[];
  /** Neither is there. */
  readonly absent: boolean;
}

export function readHeads({ headFile, anchorFile }: AuditFiles, key: Buffer): HeadsRead {
  const own = readHead(headFile, key);
  const anchor = anchorFile === undefined ? 'absent' : readAnchor(anchorFile, key);
  const heads = [own, anchor].filter((read): read is Head => typeof read !== 'string');
  return {
    head: heads.sort((a, b) => b.last.count - a.last.count)[0],
    problems: [
      ...(own === 'absent' ? [`the head ${headFile} is missing`] : []),
      ...(own === 'forged' ? [`the head ${headFile} is forged`] : []),
      ...(anchor === 'forged' ? [`the head ${anchorFile} is forged, or of a log that was here before`] : []),
    ],
    absent: own === 'absent' && anchor === 'absent',
  };
}

export function headText(head: Head, key: Buffer): string {
  const mac = createHmac('sha256', key)
    .update(`rookery audit head\n${canonical(head)}`)
    .digest('hex');
  return `${canonical({ ...head, mac })}\n`;
}

// ---

/** One that cannot be read must not keep entries from being written; that it cannot be written is announced. */
function readAnchor(path: string, key: Buffer): HeadRead {
  try {
    return readHead(path, key);
  } catch {
    return 'absent';
  }
}
