/** What is asked of a policy, and what it answers. */
import type { Surroundings } from '../domain/surroundings.js';
import type { Effect, Judgement, Label, Touches } from '../domain/tool.js';
import type { Authority } from './allow.js';

/** What the policy needs to know of a tool. */
export interface Judged {
  readonly name: string;
  readonly effect: Effect;
}

export interface Question {
  readonly tool: Judged;
  readonly touches: Touches;
  /** As the model wrote them, and as a person is shown them. Undefined: they are not known. */
  readonly args?: unknown;
  readonly authority: Authority;
  /** What has come into the conversation so far. */
  readonly labels: readonly Label[];
  /** Absolute path. */
  readonly workspace: string;
  /** Absolute paths of Rookery's own files: no tool reads or writes them. */
  readonly own: readonly string[];
  /** The call runs in the sandbox: the workspace only, no network. */
  readonly sandboxed: boolean;
  /** Of the workspace: looked at only for lines that would run unasked without a sandbox. */
  readonly surroundings: Surroundings;
}

export interface Ruling extends Judgement {
  /** What decided, in few words: "user file rule 2", "default: reads run". */
  readonly rule: string;
}
