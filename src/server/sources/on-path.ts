/** Source: the first `temporal` on the PATH, as a shell would run it, if it is new enough. */

import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { sentenceOf } from '../../domain/errors.js';
import { cliVersion, compareVersions, OLDEST_CLI } from '../cli-version.js';
import type { Source } from '../source.js';

export const onPath: Source = {
  name: 'temporal on the PATH',
  async find({ env, run }) {
    const path = await executableOnPath('temporal', env);
    if (path === undefined) return { reason: 'not there' };
    try {
      const version = await cliVersion(run, path);
      if (compareVersions(version, OLDEST_CLI) >= 0) return { cli: { path, version, origin: 'on the PATH' } };
      return { reason: `${path} is version ${version}, older than ${OLDEST_CLI}` };
    } catch (error) {
      return { reason: sentenceOf(error) };
    }
  },
};

export async function executableOnPath(name: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const file = process.platform === 'win32' ? `${name}.exe` : name;
  // A relative entry would name a directory of the current project.
  for (const directory of (env.PATH ?? '').split(delimiter).filter(isAbsolute)) {
    const path = join(directory, file);
    const runs = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (runs) return path;
  }
  return undefined;
}
