/**
 * Finds where the next entry goes in a log that another program has written to, or that a crash left. What a crash can
 * have done is repaired; what only a person can have done stays unchanged and is reported.
 */
import { readSync } from 'node:fs';
import { Chain } from './chain.js';
import type { AuditFiles } from './files.js';
import { durableHead, type Head, type Point, readHeads, START_POINT } from './head.js';
import { linesOf } from './lines.js';

export interface ChainFinding {
  readonly event: 'error' | 'security_violation';
  readonly description: string;
}

export interface Position {
  readonly last: Point;
  readonly synced: Point;
  /** Behind the last whole line: an unfinished one that a crash left is cut off here. */
  readonly end: number;
  /** The file ends within a line that was tampered with, and which stays. */
  readonly withinLine: boolean;
  readonly findings: readonly ChainFinding[];
}

export interface OpenLog {
  readonly files: AuditFiles;
  readonly key: Buffer;
  readonly descriptor: number;
  readonly size: number;
}

export async function findPosition(log: OpenLog): Promise<Position> {
  const { head, problems } = readHeads(log.files, log.key);
  const base = head ? durableHead(head) : START_POINT;
  const isIntact = endsWithEntry(log, base);
  const walked = await walk(log, isIntact ? base : START_POINT);
  const suspicions = [
    ...problems,
    ...(isIntact
      ? []
      : [`the log was cut or changed: its head says ${base.count} entries, it has ${walked.last.count}`]),
    ...(walked.problem === undefined ? [] : [walked.problem]),
  ];
  return {
    last: walked.last,
    synced: isIntact && head ? head.synced : START_POINT,
    end: isIntact ? walked.last.bytes : log.size,
    withinLine: !isIntact && walked.torn > 0,
    findings: [
      ...suspicions.map((description): ChainFinding => ({ event: 'security_violation', description })),
      ...(isIntact ? interruptionFindings(walked, head) : []),
    ],
  };
}

// ---

interface WalkResult {
  readonly last: Point;
  /** Bytes of a last line that is not finished. */
  readonly torn: number;
  readonly problem?: string | undefined;
}

/** The first wrong line is enough: verification reports each. */
async function walk({ files, key }: OpenLog, from: Point): Promise<WalkResult> {
  const chain = new Chain(key, { index: from.count, previous: from.hmac });
  let problem: string | undefined;
  let bytes = from.bytes;
  let torn = 0;
  for await (const line of linesOf(files.file, from.bytes)) {
    if (line.torn) torn = line.end - bytes;
    else {
      problem ??= chain.check(line.bytes).problem;
      bytes = line.end;
    }
  }
  const { index, previous } = chain.link;
  return { last: { count: index, bytes, hmac: previous }, torn, problem };
}

/** What a killed process or a power cut left. */
function interruptionFindings({ torn, last }: WalkResult, head: Head | undefined): ChainFinding[] {
  const lost = (head?.last.count ?? 0) - last.count;
  return [
    ...(torn > 0 ? [`a line that was not finished (${torn} bytes) was cut off: its writer was killed`] : []),
    ...(lost > 0 ? [`${lost} entries of reads were lost when the machine stopped`] : []),
  ].map((description) => ({ event: 'error', description }));
}

/** The last entry that the point counts stands where the point ends. */
function endsWithEntry({ descriptor, size }: OpenLog, { bytes, hmac }: Point): boolean {
  if (bytes === 0) return true;
  const end = Buffer.from(`"hmac":"${hmac}"}\n`);
  if (size < bytes || bytes < end.length) return false;
  const found = Buffer.alloc(end.length);
  readSync(descriptor, found, 0, found.length, bytes - end.length);
  return found.equals(end);
}
