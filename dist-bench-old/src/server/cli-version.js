/**
 * Versions of the `temporal` command: asked for, read and compared.
 * Knows nothing of where a command came from.
 */
import { sentenceOf } from '../domain/errors.js';
import { failureOf } from './command.js';
/** Older ones were never tried with our flags, and some ignored `--sqlite-pragma` without a word. */
export const OLDEST_CLI = '1.9.0';
/** Reads the version out of `temporal --version`; throws a sentence if the file is no working Temporal CLI. */
export async function cliVersion(run, path) {
    const outcome = await run(path, ['--version'], { timeoutMs: 15_000 }).catch((error) => {
        throw new Error(`${path} cannot be run (${sentenceOf(error)})`);
    });
    if (outcome.code !== 0)
        throw new Error(`${path} --version failed (${failureOf(outcome)})`);
    const version = /^temporal version (\S+)/m.exec(outcome.stdout)?.[1];
    if (version === undefined)
        throw new Error(`${path} --version does not answer like a Temporal CLI`);
    return version;
}
/** Negative when `a` is older than `b`. Whatever follows the three numbers does not count. */
export function compareVersions(a, b) {
    const [left, right] = [numbersOf(a), numbersOf(b)];
    for (let i = 0; i < 3; i++) {
        const difference = (left[i] ?? 0) - (right[i] ?? 0);
        if (difference !== 0)
            return difference;
    }
    return 0;
}
function numbersOf(version) {
    return (/^v?(\d+)\.(\d+)(?:\.(\d+))?/.exec(version) ?? []).slice(1).map((part) => Number(part ?? 0));
}
//# sourceMappingURL=cli-version.js.map