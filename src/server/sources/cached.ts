/** Source: the newest working Temporal CLI that an earlier search installed. */

import { readdir } from 'node:fs/promises';
import { sentenceOf } from '../../domain/errors.js';
import { checkOwnedDirectory } from '../../files/ownership.js';
import { cliVersion, compareVersions } from '../cli-version.js';
import { cachedCli, cliCache } from '../install.js';
import type { Source } from '../source.js';

export const cached: Source = {
  name: 'the cache',
  async find({ cacheDirectory, run }) {
    const directory = cliCache(cacheDirectory);
    checkOwnedDirectory({ path: directory, name: 'cache of Temporal CLIs' });
    const versions = (await readdir(directory).catch(() => [])).filter((name) => /^\d/.test(name));
    let reason = `nothing in ${directory}`;
    for (const version of versions.sort((a, b) => compareVersions(b, a))) {
      const path = cachedCli(cacheDirectory, version);
      try {
        return { cli: { path, version: await cliVersion(run, path), origin: 'from the cache' } };
      } catch (error) {
        reason = sentenceOf(error);
      }
    }
    return { reason };
  },
};
