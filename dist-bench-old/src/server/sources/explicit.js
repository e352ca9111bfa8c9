/**
 * `ROOKERY_TEMPORAL_CLI`: the file that the user named.
 * One that does not work is an error, never skipped: another CLI than the named one would be a surprise.
 */
import { resolve } from 'node:path';
import { RookeryError, sentenceOf } from '../../domain/errors.js';
import { cliVersion } from '../cli-version.js';
const VARIABLE = 'ROOKERY_TEMPORAL_CLI';
export const explicit = {
    name: VARIABLE,
    async find({ env, run }) {
        const given = env[VARIABLE];
        if (!given)
            return { reason: 'not set' };
        const path = resolve(given);
        const version = await cliVersion(run, path).catch((error) => {
            throw new RookeryError('environment', `${VARIABLE} names no working Temporal CLI: ${sentenceOf(error)}.`, {
                hint: `Set ${VARIABLE} to the file of a Temporal CLI, or unset it to have one found.`,
                cause: error,
            });
        });
        return { cli: { path, version, origin: `named by ${VARIABLE}` } };
    },
};
//# sourceMappingURL=explicit.js.map