/**
 * Interface of a source of the Temporal CLI.
 * A source finds one or gives the reason in a phrase; it throws only for errors that must stop the search.
 */

import type { CommandRunner } from './command.js';

export interface TemporalCli {
  path: string;
  version: string;
  /** A phrase for display, such as "on the PATH". */
  origin: string;
}

export interface SourceContext {
  env: NodeJS.ProcessEnv;
  /** The user's cache directory of Rookery. */
  cacheDirectory: string;
  run: CommandRunner;
  announce(line: string): void;
  signal?: AbortSignal;
  /** URL of the SDK's official download; tests set their own. */
  downloadUrl?: string;
}

export type SourceFinding = { cli: TemporalCli } | { reason: string };

export interface Source {
  /** Its name in "tried: …". */
  name: string;
  /** Skipped when offline. */
  needsNetwork?: true;
  find(context: SourceContext): Promise<SourceFinding>;
}
