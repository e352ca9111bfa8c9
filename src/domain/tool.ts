/**
 * What a tool is, as the model and the workflow see it: a name, limits in words, a schema, and how safe a second run is.
 * How a tool runs is the business of src/tools.
 */

/** What is told to the model. `description` states the tool's limits; `parameters` is a JSON Schema of type object. */
export interface ToolSpec {
  readonly name: string;
  readonly description: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** `safe`: a second run of the same call changes nothing more. `unsafe`: it runs at most once per accepted call. */
export type Replay = 'safe' | 'unsafe';

/** `inline`: runs inside the iteration (only safe, local and quick tools). `activity`: runs as an activity of its own. */
export type Placement = 'inline' | 'activity';

/** `run`: the call may run. `refuse`: the model gets the reason as an observation. */
export type Verdict = 'run' | 'refuse';

export interface Judgement {
  readonly verdict: Verdict;
  /** One sentence; for `refuse` the model reads it. */
  readonly reason: string;
}

/**
 * How a call ended. `failed`, `refused` and `unknown` are all values that the model reads and acts on.
 * `unknown`: it was started, was interrupted, and nobody can say whether it took effect.
 */
export type Outcome = 'ok' | 'failed' | 'refused' | 'unknown';

export interface Observation {
  /** Our id of the call. */
  readonly call: string;
  readonly outcome: Outcome;
  /** What the model reads; at most 64 KiB of UTF-8. */
  readonly content: string;
}
