/** What a person is shown of the work of a task: the files that it has changed, and its work tree. Types only. */

export interface ChangedFile {
  /** Relative to the workspace. */
  readonly path: string;
  /** Lines; null for a binary file. */
  readonly added: number | null;
  readonly removed: number | null;
}

/** The work tree that was made for a task on this host. */
export interface ShownWorktree {
  readonly path: string;
  /** In it: where the task works. */
  readonly directory: string;
  readonly branch: string;
  /** The workspace has all of its changes; null: not known. */
  readonly applied: boolean | null;
  /** It was removed, as it is when all of it was applied; a task that continues gets it back. */
  readonly removed: boolean;
}
