/**
 * Appends entries to the file, under a lock between processes: all of a group and then the head, or nothing. Throws
 * where that cannot be; the caller still has the group.
 */
import { closeSync, constants, existsSync, fchmodSync, fstatSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { sentenceOf } from '../domain/errors.js';
import { fsync, makeDirectory, replaceTextFile, syncDirectory } from '../files/atomic-write.js';
import { workdirError } from '../files/errors.js';
import { withLock } from '../files/file-lock.js';
import { type Draft, entryOf, lineOf } from './entry.js';
import { type AuditFiles, loadAuditKey } from './files.js';
import { currentBoot, type Head, headText, START_POINT } from './head.js';
import { ownDraft } from './note.js';
import { findPosition, type OpenLog, type Position } from './position.js';

export interface Group {
  readonly drafts: readonly Draft[];
  /** It must be on disk before the caller continues. */
  readonly sync: boolean;
}

const LOCK_WAIT_MS = 5000;
const FLAGS = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW;

export class Appender {
  #key: Buffer | undefined;
  /** The log as we left it; while its size is unchanged, no other program has written to it. */
  #left: Head | undefined;
  #hasDirectories = false;
  #anchorFails = false;

  constructor(
    private readonly files: AuditFiles,
    private readonly announce: (sentence: string) => void,
  ) {}

  async append(group: Group): Promise<void> {
    try {
      if (!this.#hasDirectories) await this.#makeDirectories();
      await withLock(`${this.files.headFile}~lock`, () => this.#locked(group), LOCK_WAIT_MS);
    } catch (error) {
      this.#left = undefined;
      this.#hasDirectories = false;
      throw workdirError('write', this.files.file, error);
    }
  }

  async #makeDirectories(): Promise<void> {
    await makeDirectory(dirname(this.files.file));
    await makeDirectory(dirname(this.files.headFile));
    this.#hasDirectories = true;
  }

  async #locked(group: Group): Promise<void> {
    const descriptor = openSync(this.files.file, FLAGS, 0o600);
    try {
      const { size, mode } = fstatSync(descriptor);
      if ((mode & 0o077) !== 0) fchmodSync(descriptor, 0o600);
      const key = await this.#keyFor(size);
      const log: OpenLog = { files: this.files, key, descriptor, size };
      const position = this.#unmoved(size) ?? (await findPosition(log));
      const head = await write(log, position, group);
      if (head.synced === head.last) await this.#anchor(headText(head, key));
      this.#left = head;
    } finally {
      closeSync(descriptor);
    }
  }

  /** The head comes before the first entry: entries without a head are never what a crash left. */
  async #keyFor(size: number): Promise<Buffer> {
    if (this.#key && size > 0) return this.#key;
    const { headFile, keyFile } = this.files;
    const isNew = size === 0 && !existsSync(headFile);
    this.#key = await loadAuditKey(keyFile, isNew);
    const head: Head = { last: START_POINT, synced: START_POINT, boot: currentBoot() };
    if (isNew) await replaceTextFile(headFile, headText(head, this.#key), { sync: true });
    return this.#key;
  }

  #unmoved(size: number): Position | undefined {
    if (this.#left?.last.bytes !== size) return undefined;
    return { ...this.#left, end: size, withinLine: false, findings: [] };
  }

  /**
   * Its place may be out of reach while the log itself is not: then the entries still count. Not after each read: to
   * replace a file costs more than the entry.
   */
  async #anchor(text: string): Promise<void> {
    const { anchorFile } = this.files;
    if (anchorFile === undefined) return;
    try {
      if (!existsSync(dirname(anchorFile))) await makeDirectory(dirname(anchorFile));
      await replaceTextFile(anchorFile, text, { sync: true });
      this.#anchorFails = false;
    } catch (error) {
      if (!this.#anchorFails) this.announce(`The head of the audit log has no copy: ${sentenceOf(error)}`);
      this.#anchorFails = true;
    }
  }
}

// ---

async function write(log: OpenLog, position: Position, group: Group): Promise<Head> {
  const { files, key, descriptor } = log;
  const sync = group.sync || position.findings.length > 0;
  if (position.end < log.size) ftruncateSync(descriptor, position.end);
  const { text, count, hmac } = linked(key, position, group.drafts);
  try {
    writeAll(descriptor, Buffer.from(text));
    if (sync) await fsync(descriptor);
    if (sync && position.end === 0) await syncDirectory(dirname(files.file));
    const last = { count, bytes: position.end + Buffer.byteLength(text), hmac };
    const head = { last, synced: sync ? last : position.synced, boot: currentBoot() };
    await replaceTextFile(files.headFile, headText(head, key), { sync });
    return head;
  } catch (error) {
    // Otherwise a retry would write the entries twice.
    ftruncateSync(descriptor, position.end);
    throw error;
  }
}

function linked(key: Buffer, { last, withinLine, findings }: Position, drafts: readonly Draft[]) {
  let { count, hmac } = last;
  let text = withinLine ? '\n' : '';
  for (const draft of [...findings.map(({ event, description }) => ownDraft(event, description)), ...drafts]) {
    const entry = entryOf(key, draft, { index: count, previous: hmac });
    text += `${lineOf(entry)}\n`;
    count++;
    hmac = entry.hmac;
  }
  return { text, count, hmac };
}

function writeAll(descriptor: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
}
