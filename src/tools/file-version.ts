/** The content of a file as a hash, and the stamp by which a change of it shows without reading. */
import { createHash, type Hash } from 'node:crypto';
import { lstatSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { codeOf } from '../files/errors.js';
import { openFile, type WorkspacePath } from './workspace.js';

export interface FileVersion {
  readonly hash: string;
  readonly stamp: string;
}

/** @returns undefined when there is no file. Throws a Refusal for what is none. */
export async function versionAt(place: WorkspacePath): Promise<FileVersion | undefined> {
  try {
    const { file } = await openFile(place);
    try {
      return await versionOf(file);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

export function contentHash(content: string | Buffer): string {
  return shortened(createHash('sha256').update(content));
}

/** For content that comes in pieces. */
export function createFileHash(): { update(piece: Buffer): void; end(): string } {
  const hash = createHash('sha256');
  return { update: (piece) => void hash.update(piece), end: () => shortened(hash) };
}

/** Changes when the file is written or replaced. */
export function stampOf(path: string): string | undefined {
  const found = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return found && stampFrom(found);
}

export function stampFrom({ ino, size, mtimeNs }: { ino: bigint; size: bigint; mtimeNs: bigint }): string {
  return `${ino}/${size}/${mtimeNs}`;
}

// ---

const CHUNK_BYTES = 256 * 1024;

/** The stamp from before the read: what is written meanwhile has another one. */
async function versionOf(file: FileHandle): Promise<FileVersion> {
  const stamp = stampFrom(await file.stat({ bigint: true }));
  const hash = createFileHash();
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  for (;;) {
    const { bytesRead } = await file.read(chunk, 0, chunk.length);
    if (bytesRead === 0) return { hash: hash.end(), stamp };
    hash.update(chunk.subarray(0, bytesRead));
  }
}

/** Half of it tells contents apart, and the notes stay short. */
function shortened(hash: Hash): string {
  return hash.digest().subarray(0, 16).toString('base64url');
}
