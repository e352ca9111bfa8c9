/**
 * The keys of the encryption codec, by id: from a file that only its owner can read, one key a line, or from the caller.
 * The last one encrypts, all decrypt.
 */
import { randomBytes } from 'node:crypto';
import { dirname } from 'node:path';
import { RookeryError } from '../domain/errors.js';
import { makeDirectory, writeDurably } from '../files/atomic-write.js';
import { KEY_BYTES, readKeyFile } from '../files/key-file.js';

export interface EncryptionKey {
  /** It stands in every payload that the key encrypts. */
  readonly id: string;
  /** 32 bytes. */
  readonly key: Uint8Array;
}

export interface EncryptionKeys {
  /** The key that encrypts. */
  readonly newest: EncryptionKey;
  find(id: string): EncryptionKey | undefined;
  /** Where they are from, for messages. */
  readonly source: string;
}

/**
 * A file that has got another key since is read again when a payload names that key: running processes follow a
 * rotation. Throws `environment` for a file that is missing, not private or not in this form.
 */
export function keysOfFile(path: string): EncryptionKeys {
  let keys = readKeys(path);
  const find = (id: string): EncryptionKey | undefined => keys.find((one) => one.id === id);
  return {
    source: path,
    get newest() {
      return keys.at(-1) as EncryptionKey;
    },
    find(id) {
      const known = find(id);
      if (known) return known;
      keys = readKeys(path);
      return find(id);
    },
  };
}

/** Throws `usage` for none, for one that is not of 32 bytes, and for two of one id. */
export function keysInMemory(keys: readonly EncryptionKey[]): EncryptionKeys {
  const problem = problemOf(keys);
  if (problem !== undefined) throw new RookeryError('usage', `The keys of the codec cannot be used: ${problem}`);
  return {
    source: 'the given keys',
    newest: keys.at(-1) as EncryptionKey,
    find: (id) => keys.find((one) => one.id === id),
  };
}

/**
 * Adds a new random key to the file, which is made (mode 0600) when it is missing. Throws as `keysOfFile`.
 * @returns the id of the new key, and how many the file has now
 */
export async function addEncryptionKey(path: string): Promise<{ readonly id: string; readonly count: number }> {
  const before = readKeyFile(path, NAME);
  const keys = before === undefined ? [] : parse(path, before);
  const id = `${new Date().toISOString().slice(0, 10).replaceAll('-', '')}-${randomBytes(4).toString('hex')}`;
  const lines = [...(before === undefined ? [] : [before]), `${id} ${randomBytes(KEY_BYTES).toString('hex')}`];
  await makeDirectory(dirname(path));
  await writeDurably(path, `${lines.join('\n')}\n`);
  return { id, count: keys.length + 1 };
}

// ---

const NAME = 'key file of the codec';
const ID = /^[A-Za-z0-9._-]{1,64}$/;
const LINE = /^(\S+)\s+([0-9a-fA-F]{64})$/;

function readKeys(path: string): readonly EncryptionKey[] {
  const text = readKeyFile(path, NAME);
  if (text !== undefined) return parse(path, text);
  throw new RookeryError('environment', `There is no ${NAME} ${path}`, {
    hint: 'Make one with `rookery codec-key FILE`, or copy it from the host that has it',
  });
}

function parse(path: string, text: string): readonly EncryptionKey[] {
  const lines = text.split('\n').map((line) => line.trim());
  const keys = lines
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, id = '', hex = ''] = LINE.exec(line) ?? [];
      return { id, key: Buffer.from(hex, 'hex') };
    });
  const problem = problemOf(keys);
  if (problem === undefined) return keys;
  throw new RookeryError('environment', `The ${NAME} ${path} cannot be used: ${problem}`, {
    hint: 'A line is an id, a space and 64 hexadecimal digits; restore it from a backup',
  });
}

function problemOf(keys: readonly EncryptionKey[]): string | undefined {
  if (keys.length === 0) return 'there is no key';
  const wrong = keys.findIndex(({ id, key }) => !ID.test(id) || key.length !== KEY_BYTES);
  if (wrong >= 0) return `key ${wrong + 1} has no id of letters, digits and ._- or is not ${KEY_BYTES} bytes`;
  const twice = keys.find(({ id }, n) => keys.findIndex((one) => one.id === id) !== n);
  return twice && `the id '${twice.id}' is there twice`;
}
