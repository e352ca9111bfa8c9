/**
 * Finds a Temporal CLI, or reports every source that it tried. Every step has a deadline.
 * Order: named or installed by the user first, downloaded or built last.
 */

import { RookeryError } from '../domain/errors.js';
import { OLDEST_CLI } from './cli-version.js';
import { commandRunner } from './command.js';
import { toolEnvironment } from './environment.js';
import type { Source, SourceContext, TemporalCli } from './source.js';
import { cached } from './sources/cached.js';
import { explicit } from './sources/explicit.js';
import { goInstall } from './sources/go-install.js';
import { officialDownload } from './sources/official-download.js';
import { onPath } from './sources/on-path.js';
import { pypiWheel } from './sources/pypi-wheel.js';

export type { TemporalCli } from './source.js';

const SOURCES: readonly Source[] = [explicit, onPath, cached, officialDownload, pypiWheel, goInstall];

export interface FindOptions extends Omit<SourceContext, 'run'> {
  /** Uses only sources on this machine. */
  offline?: boolean;
}

export async function findTemporalCli(options: FindOptions): Promise<TemporalCli> {
  const context = { ...options, run: commandRunner(toolEnvironment(options.env), options.signal) };
  const tried: string[] = [];
  for (const source of SOURCES) {
    const finding =
      source.needsNetwork && options.offline ? { reason: 'not tried (offline)' } : await source.find(context);
    if ('cli' in finding) {
      const { version, origin, path } = finding.cli;
      options.announce(`Temporal CLI ${version} ${origin}: ${path}`);
      return finding.cli;
    }
    tried.push(`${source.name}: ${finding.reason}`);
    options.announce(`Temporal CLI, ${source.name}: ${finding.reason}.`);
  }
  throw nothingFound(tried);
}

function nothingFound(tried: string[]): RookeryError {
  return new RookeryError('environment', `No Temporal CLI was found. Tried ${tried.join('; ')}.`, {
    hint: `Install the Temporal CLI ${OLDEST_CLI} or newer (https://docs.temporal.io/cli), or set ROOKERY_TEMPORAL_CLI to its file, or TEMPORAL_ADDRESS to a running server.`,
  });
}
