/** The environment of commands: messages are in English, because we and the model read them; encoding and formats stay. */
import { expect, test } from 'vitest';
import { commandEnvironment, programEnvironment } from '../../src/processes/command-environment.js';

const PATH = '/usr/bin';

test.each([
  [{}, { LC_MESSAGES: 'C' }],
  [{ LANG: 'de_DE.UTF-8' }, { LANG: 'de_DE.UTF-8', LC_MESSAGES: 'C' }],
  [
    { LANG: 'C.UTF-8', LC_MESSAGES: 'fr_FR.UTF-8', LC_CTYPE: 'fr_FR.UTF-8' },
    { LANG: 'C.UTF-8', LC_MESSAGES: 'C', LC_CTYPE: 'fr_FR.UTF-8' },
  ],
  // It would outdo the messages.
  [
    { LANG: 'C', LC_ALL: 'de_DE.UTF-8', LC_CTYPE: 'C' },
    { LANG: 'de_DE.UTF-8', LC_MESSAGES: 'C' },
  ],
  [
    { LANGUAGE: 'de', LANG: 'de_DE.UTF-8' },
    { LANG: 'de_DE.UTF-8', LC_MESSAGES: 'C' },
  ],
])('of a worker with %o', (env, expected) => {
  expect(commandEnvironment({ ...env, PATH }, '/work')).toEqual({ ...expected, PATH });
});

test('a program that a person sees keeps the language', () => {
  const env = { LC_ALL: 'de_DE.UTF-8', PATH };
  expect(programEnvironment(env, '/work')).toEqual(env);
});
