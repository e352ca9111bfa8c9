/** What the policy needs to know of a workspace on disk, beyond the words of a shell line. The port only. */

export interface FoundCredentials {
  /** Absolute, by each name under which they can be reached. */
  readonly paths: readonly string[];
  /** Symlinks that lead out of the workspace, absolute. */
  readonly leaving: readonly string[];
}

export interface Surroundings {
  /** @returns where an absolute path leads with symlinks followed; undefined when nothing is there */
  real(path: string): string | undefined;
  /** @returns the credential files; undefined when the workspace is too large to scan */
  credentials(): FoundCredentials | undefined;
  /** @returns the files in git's index, absolute; undefined when it cannot be read */
  tracked(): readonly string[] | undefined;
  /**
   * @returns briefly why git could run a program of the repository or read elsewhere; undefined when it does neither
   */
  problemOfRepository(): string | undefined;
}
