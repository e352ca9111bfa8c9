/**
 * The interface of an OS sandbox: the command to run, and the process to spawn instead. Independent of the platform. A
 * command that cannot be confined is an error; it never runs outside.
 */

import type { ProxySettings } from '../domain/proxies.js';
import type { Widening } from './widening.js';

export interface SandboxRequest {
  /** An absolute path, or a name to be looked up in the PATH inside. */
  readonly argv: readonly string[];
  /** Absolute, in the workspace. */
  readonly cwd: string;
  /** Absolute; the only place of this host that can be written. */
  readonly workspace: string;
  /** The whole environment of the command, without API keys. HOME and TMPDIR are replaced by private ones. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `host` or `host:port`, exact. None: no network at all. */
  readonly hosts?: readonly string[];
  /**
   * Named by a person, with `*.` for all subdomains where it is wanted; an address or localhost among them may be one that
   * is not public.
   */
  readonly named?: readonly string[] | undefined;
  /** Of the worker's user: what is reached goes through them, without telling the command of them. */
  readonly proxies?: ProxySettings | undefined;
  /** Credential files of the workspace may be read. Default: they are hidden. */
  readonly secrets?: boolean;
  /** Protected files that git restores may be written: a person has approved this very command. */
  readonly restoring?: boolean;
  /** Visible although in a home or a temporary directory: the program that is run, and its package. */
  readonly shown?: readonly VisiblePath[];
  /** Its commands share a home and caches on disk. Default: a home in memory, for this command alone. */
  readonly task?: string;
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
  /** The spawned process wraps the command: when it ends, all processes inside end at once. */
  readonly isAround: boolean;
  /** Matches the whole output, with exit code 1, when the command was not started and another attempt may succeed. */
  readonly notStarted?: RegExp;
  /** @returns one line for a command that failed because the sandbox hides something that its output names */
  explain?(output: string): Promise<string | undefined>;
  /** Call it after all processes have ended: removes temporary resources. @returns the limits that were reached */
  release(): Promise<readonly string[]>;
}

export interface Sandbox {
  /** Throws a RookeryError for what it cannot confine. */
  command(request: SandboxRequest): Promise<Confined>;
  /** It can give a command single hosts. Default: it refuses such a command. */
  readonly givesHosts?: boolean;
}

/** Attempts for a command that was not started. */
export const MAX_ATTEMPTS = 3;

export interface SandboxOptions {
  /** Absolute paths that nothing inside may see, also when they lie in the workspace: Rookery's own data. */
  readonly hidden: readonly string[];
  /** Of the person whose files are hidden. */
  readonly home: string;
  /** A directory for notes of what is made in workspaces; made when it is needed. */
  readonly notes: string;
  /** Of the worker: it may name where toolchains lie. Default: they are in the usual places. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Holds the homes of tasks. Default: every command has one of its own, in memory. */
  readonly homes?: string;
  /** What a person's settings show besides. Default: nothing. */
  readonly widening?: Widening;
}

export type DetectedSandbox =
  | { readonly kind: 'available'; readonly sandbox: Sandbox; readonly name: string; readonly version: string }
  | { readonly kind: 'absent'; readonly why: string; readonly fix: string };
