/** `rookery codec-key FILE`: adds a new key to the key file of `--codec aes:FILE`. */
import { resolve } from 'node:path';
import { EXIT, type ExitCode } from '../exit.js';
import { outputOf } from '../output.js';
import type { VerbOptions, VerbSpec } from '../session.js';

export const spec: VerbSpec = {
  words: '<file>',
  help:
    'Adds a new key to the key file of `--codec aes:FILE`, and makes the file when it is missing. The last key of the\n' +
    'file encrypts, all of them decrypt.',
  examples: ['rookery codec-key ~/.config/rookery/codec.keys'],
  run,
};

async function run([given = '']: string[], options: VerbOptions): Promise<ExitCode> {
  const { addEncryptionKey } = await import('../../codec/encryption-keys.js');
  const out = outputOf(options);
  const file = resolve(given);
  const { id, count } = await addEncryptionKey(file);
  if (out.json) out.value({ file, id, keys: count });
  else out.line(id);
  out.info(
    count === 1
      ? `Made ${file}. Keep a copy of it: without it nothing that it encrypted can be read.`
      : `${file} has ${count} keys now. Copy it to every host before you restart a worker.`,
  );
  return EXIT.done;
}
