/**
 * What a tool is for the model and the workflow: a name, described limits, a schema, and how safe a second run is; with
 * the names that stand for tools. src/tools implements the tools.
 */

/** What the model is told. `description` states the tool's limits; `parameters` is a JSON Schema of type object. */
export interface ToolSpec {
  readonly name: string;
  readonly description: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** What a call may do: read this host, change files, run programs, or use the network. */
export type Effect = 'read' | 'write' | 'execute' | 'network';

/** `safe`: a second run of the same call changes nothing more. `unsafe`: it runs at most once per accepted call. */
export type Replay = 'safe' | 'unsafe';

/** `inline`: runs inside the iteration (only safe, local and quick tools). `activity`: runs as a separate activity. */
export type Placement = 'inline' | 'activity';

/**
 * `run`: the call may run. `ask`: a person must approve it first. `refuse`: the model gets the reason as an
 * observation.
 */
export type Verdict = 'run' | 'ask' | 'refuse';

export interface Judgement {
  readonly verdict: Verdict;
  /** One sentence, for the model with `refuse`, for the person with `ask`. */
  readonly reason: string;
}

/** What a call would touch, for the rules of a policy; the tool derives it from its parsed arguments. */
export interface Touches {
  /** Absolute, or relative to the workspace; as the model gave them. */
  readonly paths?: readonly string[];
  /** Host names as in a URL, without port; lower case. */
  readonly hosts?: readonly string[];
  /** A shell command line, whole. */
  readonly command?: string;
  /** The command asks to write protected files that git restores: only a person can let it. */
  readonly restores?: boolean;
  /** What the command asks to reach from the sandbox, as in `network` of a rule. */
  readonly network?: readonly string[];
}

/**
 * The origin of content in a conversation. `private`: from this person's files or programs. `untrusted`: may be written
 * by anyone, so it may contain instructions.
 */
export type Label = 'private' | 'untrusted';

/**
 * How a call ended. `failed`, `refused` and `unknown` are values that the model reads and acts on. `unknown`: it was
 * started and interrupted, and whether it took effect cannot be determined.
 */
export type CallOutcome = 'ok' | 'failed' | 'refused' | 'unknown';

export interface Observation {
  /** Our id of the call. */
  readonly call: string;
  readonly outcome: CallOutcome;
  /** What the model reads; at most 64 KiB of UTF-8. */
  readonly content: string;
}

/** Names for --allow that stand for no single tool: every tool that changes files, and credential files. */
export const GROUPS: readonly string[] = Object.freeze(['write', 'secrets']);

/** Other names for the same tools. */
export const ALIASES: Readonly<Record<string, string>> = Object.freeze({ shell_exec: 'shell' });

export function canonicalName(name: string): string {
  return Object.hasOwn(ALIASES, name) ? (ALIASES[name] ?? name) : name;
}

/** `server__tool`: a tool of an MCP server. */
export function isMcpName(name: string): boolean {
  return /^[A-Za-z0-9-]+(_[A-Za-z0-9-]+)*__[A-Za-z0-9_-]+$/.test(name) && name.length <= 64;
}
