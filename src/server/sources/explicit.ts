/**
 * Source: the file named by `ROOKERY_TEMPORAL_CLI`.
 * A file that does not work is an error: falling back to another CLI would be a surprise.
 */

import { resolve } from 'node:path';
import { RookeryError, sentenceOf } from '../../domain/errors.js';
import { cliVersion } from '../cli-version.js';
import type { Source } from '../source.js';

const VARIABLE = 'ROOKERY_TEMPORAL_CLI';

export const explicit: Source = {
  name: VARIABLE,
  async find({ env, run }) {
    const given = env[VARIABLE];
    if (!given) return { reason: 'not set' };
    const path = resolve(given);
    const version = await cliVersion(run, path).catch((error: unknown) => {
      throw new RookeryError('environment', `${VARIABLE} does not name a working Temporal CLI: ${sentenceOf(error)}.`, {
        hint: `Set ${VARIABLE} to the file of a Temporal CLI, or unset it to have one found.`,
        cause: error,
      });
    });
    return { cli: { path, version, origin: `named by ${VARIABLE}` } };
  },
};
