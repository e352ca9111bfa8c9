/** What the policy has to know of a workspace on disk, because the words of a shell line do not tell it. The port only. */

export interface Surroundings {
  /** Where an absolute path leads with symlinks followed. Undefined: there is nothing. */
  real(path: string): string | undefined;
  /** Absolute paths of the credential files. Undefined: the workspace is too big to tell. */
  credentials(): readonly string[] | undefined;
  /** Those that git has in its index, absolute. Undefined: it cannot be told. */
  tracked(): readonly string[] | undefined;
  /** In a few words, why git could run a program of the repository or read elsewhere. Undefined: it does neither. */
  problemOfRepository(): string | undefined;
}
