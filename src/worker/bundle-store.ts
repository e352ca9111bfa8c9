/**
 * The directory in which the work of tasks lies for other hosts: per task a signed note and a bundle, and per base commit
 * a bundle of its history. Written atomically; the note is last, and names what belongs to it.
 */
import { chmod, lstat, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { SignedMessage } from '../domain/messages.js';
import { fileNameOf } from '../domain/task-id.js';
import { makeDirectory, removeLeftovers, syncDirectory, temporaryName, writeDurably } from '../files/atomic-write.js';
import { ignoring } from '../files/errors.js';
import type { Signer, Verifier } from '../signing/signature.js';

/** What another host needs to continue. The commits name their content, so the signature covers it. */
export interface BundleNote extends SignedMessage {
  /** Host that has shipped it. */
  readonly host: string;
  /** Accepted replies at that time. */
  readonly iterations: number;
  readonly run_started: number;
  readonly version: number;
  readonly shipped_at: string;
  readonly format: string;
  readonly branch: string | null;
  /** The history up to it is in the bundle of the base. Null: the bundle of the task is whole. */
  readonly base: string | null;
  readonly head: string | null;
  /** A commit on `head` that holds the work tree. */
  readonly work: string;
}

export class BundleStore {
  constructor(
    readonly directory: string,
    private readonly signer: Signer & Verifier,
  ) {}

  /** @returns undefined when there is none, or none that was signed with this key */
  async read(task: string): Promise<BundleNote | undefined> {
    const text = await readFile(this.#note(task), 'utf8').catch(ignoring('ENOENT'));
    try {
      const note = text === undefined ? undefined : (JSON.parse(text) as BundleNote);
      return note && this.signer.verifyMessage(task, KIND, note) ? note : undefined;
    } catch {
      return undefined;
    }
  }

  bundleOf(task: string, { work }: Pick<BundleNote, 'work'>): string {
    return join(this.directory, `${fileNameOf(task)}.${work.slice(0, 16)}.bundle`);
  }

  baseBundle(base: string): string {
    return join(this.directory, `base-${base}.bundle`);
  }

  /** Places a file that `make` has made under a temporary name; an existing one stays. Throws what `make` throws. */
  async place(path: string, make: (temporary: string) => Promise<void>): Promise<void> {
    if (await lstat(path).catch(ignoring('ENOENT'))) return;
    await makeDirectory(this.directory);
    const temporary = temporaryName(path);
    try {
      await make(temporary);
      await chmod(temporary, 0o600);
      const file = await open(temporary);
      await file.sync().finally(() => file.close());
      await rename(temporary, path);
      await syncDirectory(this.directory);
    } finally {
      await rm(temporary, { force: true });
    }
  }

  /** The bundle of the task is in place. Removes those before it. */
  async write(task: string, note: BundleNote): Promise<void> {
    await writeDurably(this.#note(task), JSON.stringify(this.signer.signMessage(task, KIND, note)));
    await this.#removeBundles(task, this.bundleOf(task, note));
  }

  /** The task has ended: other tasks may still need its base. */
  async remove(task: string): Promise<void> {
    await rm(this.#note(task), { force: true });
    await this.#removeBundles(task, undefined);
  }

  /**
   * Removes bases that no note names and that are old, because another host may be about to name a young one, and what
   * killed workers have written in part.
   */
  async sweep(): Promise<void> {
    await removeLeftovers(this.directory, KEPT_MS).catch(() => undefined);
    const names = await this.#names();
    const texts = names
      .filter((name) => name.endsWith('.json'))
      .map((name) => readFile(join(this.directory, name), 'utf8'));
    const notes = (await Promise.all(texts.map((text) => text.catch(() => '')))).join('\n');
    for (const name of names) {
      const base = /^base-([0-9a-f]+)\.bundle$/.exec(name)?.[1];
      if (base === undefined || notes.includes(base)) continue;
      const path = join(this.directory, name);
      const { mtimeMs = Date.now() } = (await lstat(path).catch(ignoring('ENOENT'))) ?? {};
      if (Date.now() - mtimeMs > KEPT_MS) await rm(path, { force: true });
    }
  }

  async #removeBundles(task: string, kept: string | undefined): Promise<void> {
    const start = `${fileNameOf(task)}.`;
    for (const name of await this.#names()) {
      const path = join(this.directory, name);
      const isOwn = name.startsWith(start) && /^[0-9a-f]{16}\.bundle$/.test(name.slice(start.length));
      if (isOwn && path !== kept) await rm(path, { force: true });
    }
  }

  async #names(): Promise<readonly string[]> {
    return (await readdir(this.directory).catch(ignoring('ENOENT'))) ?? [];
  }

  #note(task: string): string {
    return join(this.directory, `${fileNameOf(task)}.json`);
  }
}

// ---

/** What the signature is for: no signal of a task has this name. */
const KIND = 'bundle';
const KEPT_MS = 24 * 60 * 60_000;
