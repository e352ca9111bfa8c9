/**
 * Reads and compares versions of the `temporal` command, whatever its source.
 */

import { sentenceOf } from '../domain/errors.js';
import { type CommandRunner, failureOf } from './command.js';

/** Older versions are untested with our flags; some ignore `--sqlite-pragma` silently. */
export const OLDEST_CLI = '1.9.0';

/** Reads the version out of `temporal --version`; throws when the file is not a working Temporal CLI. */
export async function cliVersion(run: CommandRunner, path: string): Promise<string> {
  const outcome = await run(path, ['--version'], { timeoutMs: 15_000 }).catch((error: unknown) => {
    throw new Error(`${path} cannot be run (${sentenceOf(error)})`);
  });
  if (outcome.code !== 0) throw new Error(`${path} --version failed (${failureOf(outcome)})`);
  const version = /^temporal version (\S+)/m.exec(outcome.stdout)?.[1];
  if (version === undefined) throw new Error(`${path} --version does not answer like a Temporal CLI`);
  return version;
}

/** Negative when `a` is older than `b`. Ignores everything after the three numbers. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [numbersOf(a), numbersOf(b)];
  for (let i = 0; i < 3; i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function numbersOf(version: string): number[] {
  return (/^v?(\d+)\.(\d+)(?:\.(\d+))?/.exec(version) ?? []).slice(1).map((part) => Number(part ?? 0));
}
