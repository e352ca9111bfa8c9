/**
 * The shape of one place where a Temporal CLI may come from.
 * A source either finds one or says in a phrase why not; it throws only for what must stop the search.
 */

import type { CommandRunner } from './command.js';

export interface TemporalCli {
  path: string;
  version: string;
  /** In a phrase for people: "on the PATH". */
  origin: string;
}

export interface SourceContext {
  env: NodeJS.ProcessEnv;
  /** The user's cache directory of Rookery. */
  cacheDirectory: string;
  run: CommandRunner;
  announce(line: string): void;
  signal?: AbortSignal;
  /** Where the SDK's official download is asked for; tests name their own. */
  downloadUrl?: string;
}

export type SourceFinding = { cli: TemporalCli } | { reason: string };

export interface Source {
  /** How it is called in "tried: …". */
  name: string;
  /** Not asked when offline. */
  needsNetwork?: true;
  find(context: SourceContext): Promise<SourceFinding>;
}
