/** A file that a task has changed. */
export interface ChangedFile {
  /** Relative to the workspace. */
  readonly path: string;
  /** Lines; null for a binary file. */
  readonly added: number | null;
  readonly removed: number | null;
}
