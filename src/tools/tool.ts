/**
 * The port of a tool that can run. One tool a file; each is a plain object.
 * `run` never throws for what the model can act on: it returns `failed` with a sentence. Arguments are parsed by the
 * tool's own schema before `run` sees them. Output is cut to 64 KiB on code points by `truncate`.
 */
import type { z } from 'zod';
import type { Placement, Replay } from '../domain/tool.js';

export interface ToolContext {
  /** Absolute path of the directory that file tools stay beneath and shell commands start in. */
  readonly workspace: string;
  readonly task: string;
  /** Our id of the call: the idempotency key. */
  readonly call: string;
  /** Credential files may be read and written: the signed allow list named `secrets`. */
  readonly secrets: boolean;
  readonly signal: AbortSignal;
}

export interface ToolOutcome {
  readonly outcome: 'ok' | 'failed';
  readonly content: string;
}

export interface Tool<Args = unknown> {
  readonly name: string;
  /** For the model; says the limits. */
  readonly description: string;
  readonly schema: z.ZodType<Args>;
  readonly effect: 'read' | 'write' | 'execute';
  readonly replay: Replay;
  readonly placement: Placement;
  run(args: Args, context: ToolContext): Promise<ToolOutcome>;
  /** After an interruption: did the call take effect? Undefined: nobody can say. */
  probe?(args: Args, context: ToolContext): Promise<ToolOutcome | undefined>;
  /** A word for the timeline, such as the command's first words; at most 60 characters. */
  summary(args: Args): string;
}
