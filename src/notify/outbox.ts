/**
 * Tells each notice through each channel once. A note on disk says which channels have told it, so that neither a retry
 * nor another worker of this host tells it again, and so that what has not been told yet is tried again for a day, also
 * when its task has ended.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { sentenceOf } from '../domain/errors.js';
import type { TaskNotice } from '../domain/notice.js';
import { makeDirectory, writeDurably } from '../files/atomic-write.js';
import { ignoring } from '../files/errors.js';
import type { Channel } from './options.js';

export interface OutboxOptions {
  readonly directory: string;
  readonly channels: readonly Channel[];
  readonly announce: (line: string, about: { readonly task: string }) => void;
}

export class Outbox {
  readonly #inFlight = new Map<string, Promise<void>>();

  constructor(private readonly options: OutboxOptions) {}

  /** Throws when a channel has failed, with a sentence for each; the next call tries those alone. */
  tell(notice: TaskNotice): Promise<void> {
    const running = this.#inFlight.get(notice.id);
    if (running) return running;
    const telling = this.#tell(notice).finally(() => this.#inFlight.delete(notice.id));
    this.#inFlight.set(notice.id, telling);
    return telling;
  }

  /** Tries what has not been told and what no activity tries any more; removes old notes. Throws nothing. */
  async sweep(now = Date.now()): Promise<void> {
    const { directory, announce } = this.options;
    for (const name of (await readdir(directory).catch(ignoring('ENOENT'))) ?? []) {
      const path = join(directory, name);
      const note = await readNote(path).catch(() => undefined);
      if (!note) continue;
      const { notice, tried } = note;
      const age = now - Date.parse(notice.at);
      const isTold = this.#missing(note).length === 0;
      if (age > (isTold ? KEPT_MS : GIVEN_UP_MS)) {
        if (!isTold) announce(`gave up telling ${notice.type} of task ${notice.task}`, { task: notice.task });
        await rm(path, { force: true }).catch(() => undefined);
      } else if (!isTold && now - tried >= Math.max(QUIET_MS, (tried - Date.parse(notice.at)) / 2)) {
        await this.tell(notice).catch(() => undefined);
      }
    }
  }

  async #tell(notice: TaskNotice): Promise<void> {
    const { directory, announce } = this.options;
    const path = join(directory, createHash('sha256').update(notice.id).digest('hex'));
    const before = await readNote(path);
    const note: Note = { notice, told: [], ...before, tried: Date.now() };
    const missing = this.#missing(note);
    if (missing.length === 0) return;
    await makeDirectory(directory);
    await save(path, note);
    const problems: string[] = [];
    let saving = Promise.resolve();
    const send = async (channel: Channel): Promise<void> => {
      try {
        await channel.send(note.notice);
      } catch (error) {
        problems.push(`${channel.name}: ${sentenceOf(error)}`);
        return;
      }
      note.told.push(channel.name);
      saving = saving.then(() => save(path, note));
      await saving;
    };
    await Promise.all(missing.map(send));
    if (problems.length === 0) return;
    const sentence = `${notice.type} of task ${notice.task} could not be told: ${problems.join('; ')}`;
    announce(sentence, { task: notice.task });
    throw new Error(sentence);
  }

  #missing({ told }: Note): Channel[] {
    return this.options.channels.filter(({ name }) => !told.includes(name));
  }
}

// ---

const MINUTE = 60_000;
/** Longer than the longest pause between two attempts of an activity: until then the notice is the activity's. */
const QUIET_MS = 2 * MINUTE;
const GIVEN_UP_MS = 24 * 60 * MINUTE;
/** A retry or a Reset does not come later with the same event. */
const KEPT_MS = 7 * GIVEN_UP_MS;

interface Note {
  readonly notice: TaskNotice;
  /** Names of channels. */
  readonly told: string[];
  /** Milliseconds since 1970: when it was tried last. */
  readonly tried: number;
}

/** @returns undefined when there is none, or it is not one */
async function readNote(path: string): Promise<Note | undefined> {
  const text = await readFile(path, 'utf8').catch(ignoring('ENOENT'));
  if (text === undefined) return undefined;
  const { notice, told, tried } = Object(parsed(text)) as { readonly [K in keyof Note]?: unknown };
  const isNote = typeof notice === 'object' && notice !== null && Array.isArray(told) && typeof tried === 'number';
  return isNote ? ({ notice, told: told.filter((name) => typeof name === 'string'), tried } as Note) : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function save(path: string, note: Note): Promise<void> {
  await writeDurably(path, JSON.stringify(note));
}
