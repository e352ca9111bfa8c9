/** Where a shell line would run, and where within it a command may be working. Types only. */
import type { Surroundings } from '../../domain/surroundings.js';

export interface ShellContext {
  readonly workspace: string;
  /** Credential files may be read. */
  readonly secrets: boolean;
  readonly surroundings: Surroundings;
}

export interface ShellState extends ShellContext {
  /** A `cd` before the command may have gone well, or not. */
  readonly directories: string[];
}
