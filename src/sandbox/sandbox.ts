/**
 * The port of an OS sandbox: what it is asked to run, and what has to be spawned instead. Knows no platform.
 * It never hands back the bare command: what cannot be confined is thrown, never run outside.
 */

export interface SandboxRequest {
  /** An absolute path, or a name to be looked up in the PATH inside. */
  readonly argv: readonly string[];
  /** Absolute, in the workspace. */
  readonly cwd: string;
  /** Absolute; the only place of this host that can be written. */
  readonly workspace: string;
  /** All that the command gets, as it is: no keys of ours. HOME and TMPDIR are replaced by private ones. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `host` or `host:port`, exact. None: no network at all. */
  readonly hosts?: readonly string[];
  /** Credential files of the workspace may be read. Default: they are hidden. */
  readonly secrets?: boolean;
  /** What is seen although it lies in a home or among temporary files: the program that is run, and what belongs to it. */
  readonly shown?: readonly VisiblePath[];
}

/** Read-only. */
export interface VisiblePath {
  /** Absolute. */
  readonly path: string;
  /** Absolute paths in it that stay unseen. */
  readonly without: readonly string[];
}

export interface Confined {
  readonly argv: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  /** What is spawned is only around the command, and its end would end all inside at once. */
  readonly isAround: boolean;
  /** All that was printed, with exit code 1, where the command was never begun, and another try may find it otherwise. */
  readonly notStarted?: RegExp;
  /** After the end of all its processes: takes away what was made for it. Says which limits it ran into, if any. */
  release(): Promise<readonly string[]>;
}

export interface Sandbox {
  /** Throws a RookeryError for what it cannot confine. */
  command(request: SandboxRequest): Promise<Confined>;
}

/** How often a command is tried that was not begun. */
export const MAX_ATTEMPTS = 3;

export interface SandboxOptions {
  /** Absolute paths that nothing inside may see, also when they lie in the workspace: Rookery's own data. */
  readonly hidden: readonly string[];
  /** Of the person whose files are hidden. */
  readonly home: string;
}

export type DetectedSandbox =
  | { readonly kind: 'available'; readonly sandbox: Sandbox; readonly name: string; readonly version: string }
  | { readonly kind: 'absent'; readonly why: string; readonly fix: string };
