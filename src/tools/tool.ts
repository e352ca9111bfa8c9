/**
 * The port of a tool that can run. One tool a file, each made by `defineTool`.
 * `run` never throws for what the model can act on: it returns `failed` with a sentence. Arguments are parsed by the
 * tool's own schema before `run` sees them. Output is cut to 64 KiB on code points by `truncate`.
 */
import type { z } from 'zod';
import type { Delegate } from '../domain/delegate.js';
import type { Effect, Label, Placement, Replay, Touches } from '../domain/tool.js';
import type { SeenFiles } from './seen-files.js';

export interface ToolContext {
  /** Absolute path of the directory that file tools stay within and shell commands start in. */
  readonly workspace: string;
  readonly task: string;
  /** Our id of the call: the idempotency key. */
  readonly call: string;
  /** Credential files may be read and written: the signed allow list named `secrets`. */
  readonly secrets: boolean;
  /** Hosts that a command in the sandbox is given by rules and by the signed allow list, beside those that it asks for. */
  readonly network?: readonly string[];
  /** What this task has seen of each file. Absent: nothing is known, and no write is refused for a change. */
  readonly seen?: SeenFiles;
  /** Milliseconds that a command of this task may take. Absent: the default of a task. */
  readonly maxCommandMs?: number;
  /** The directory for notes of temporary files in the workspace. Absent: a killed worker may leave them behind. */
  readonly notes?: string;
  readonly signal: AbortSignal;
}

export interface ToolOutcome {
  readonly outcome: 'ok' | 'failed';
  readonly content: string;
  /** Where the content comes from, when it is from outside: a URL, the name of an MCP server. The model is told. */
  readonly origin?: string;
}

/** What a tool's author writes. */
export interface ToolDefinition<Args> {
  /** Letters, digits, `_` and `-`; at most 64. */
  readonly name: string;
  /** For the model; says the limits. */
  readonly description: string;
  /** A strict zod object: what the model sends is parsed by it. */
  readonly input: z.ZodType<Args>;
  readonly effect: Effect;
  /** Default: `safe` for `read`, else `unsafe`. */
  readonly replay?: Replay;
  /** `inline` only for safe, local and quick tools. Default: `activity`. */
  readonly placement?: Placement;
  /** What comes into the conversation with its output. Default: by its effect. */
  readonly yields?: readonly Label[];
  /** What a call would touch, for the rules of a policy. Default: nothing that a rule could name. */
  touches?(args: Args): Touches;
  run(args: Args, context: ToolContext): Promise<ToolOutcome>;
  /** After an interruption: did the call take effect? undefined when unknown. */
  probe?(args: Args, context: ToolContext): Promise<ToolOutcome | undefined>;
  /** The workflow of the task runs it, and not this worker: `run` is never called. Made by `activityTool` and the like. */
  readonly delegate?: Delegate;
  /** Why every call needs approval, whatever a policy says; undefined when it does not. */
  asks?(): string | undefined;
  /**
   * Every call is a question to the person: it waits for their answer, which is its result, and `run` is never called.
   * @returns what is asked
   */
  question?(args: Args): string;
  /**
   * A word for the timeline, such as the command's first words. Default: the arguments as JSON. Cut to 60 characters.
   */
  summary?(args: Args): string;
  /** JSON Schema of type object that is told to the model. Default: made from `input`. */
  readonly parameters?: Readonly<Record<string, unknown>>;
}

export interface Tool<Args = unknown> extends ToolDefinition<Args> {
  readonly replay: Replay;
  readonly placement: Placement;
  readonly yields: readonly Label[];
  /** Set for the tools of the index: they refuse paths outside the workspace by themselves. */
  readonly builtin?: boolean;
  touches(args: Args): Touches;
  summary(args: Args): string;
}

/** Throws a TypeError for an invalid definition, which its author must fix. */
export function defineTool<Args>(definition: ToolDefinition<Args>): Tool<Args> {
  const { name, effect, placement = 'activity' } = definition;
  const replay = replayOf(definition);
  if (!NAME.test(name)) throw new TypeError(`A tool's name has 1 to 64 letters, digits, _ or -, not '${name}'.`);
  if (placement === 'inline' && definition.delegate) {
    throw new TypeError(`The tool '${name}' runs in the workflow, so it cannot be placed inline.`);
  }
  if (placement === 'inline' && replay !== 'safe') {
    throw new TypeError(`The tool '${name}' is unsafe to run twice, so it cannot be placed inline.`);
  }
  const tool: Tool<Args> = {
    ...definition,
    replay,
    placement,
    yields: definition.yields ?? YIELDS[effect],
    touches: (args) => definition.touches?.(args) ?? {},
    summary: (args) => (definition.summary?.(args) ?? JSON.stringify(args) ?? '').replace(/\s+/g, ' ').slice(0, 60),
  };
  return Object.assign(tool, { [DEFINED_TOOLS]: true });
}

/** Whether a second run of a call is harmless, as its author says or by its effect. */
export function replayOf({ effect, replay }: Pick<ToolDefinition<unknown>, 'effect' | 'replay'>): Replay {
  return replay ?? (effect === 'read' ? 'safe' : 'unsafe');
}

/** Whether `defineTool` made it, of this copy of the package or of another one. */
export function isTool(value: unknown): value is Tool {
  return typeof value === 'object' && value !== null && Reflect.get(value, DEFINED_TOOLS) === true;
}

// ---

const DEFINED_TOOLS = Symbol.for('rookery.tool');

const NAME = /^[A-Za-z0-9_-]{1,64}$/;

const YIELDS: Readonly<Record<Effect, readonly Label[]>> = {
  read: ['private'],
  write: [],
  execute: ['private'],
  network: ['untrusted'],
};
