/** What the policy has to know of a workspace on disk, because the words of a shell line do not tell it. The port only. */

export interface FoundCredentials {
  /** Absolute, by each name under which they can be reached. */
  readonly paths: readonly string[];
  /** Symlinks that lead out of the workspace, absolute. */
  readonly leaving: readonly string[];
}

export interface Surroundings {
  /** Where an absolute path leads with symlinks followed. Undefined: there is nothing. */
  real(path: string): string | undefined;
  /** Undefined: the workspace is too big to tell. */
  credentials(): FoundCredentials | undefined;
  /** Those that git has in its index, absolute. Undefined: it cannot be told. */
  tracked(): readonly string[] | undefined;
  /** In a few words, why git could run a program of the repository or read elsewhere. Undefined: it does neither. */
  problemOfRepository(): string | undefined;
}
