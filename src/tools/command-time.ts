/** How long a command of the shell tool has: what the model asks for, up to the limit of the task. Pure. */
import { DEFAULT_LIMITS, FIXED } from '../domain/limits.js';
import type { ToolContext } from './tool.js';

export interface CommandTime {
  readonly ms: number;
  /** What the model must know about it. */
  readonly notes: readonly string[];
}

export const DEFAULT_SECONDS = FIXED.shellMs / 1000;

export function commandTimeOf(
  asked: number | undefined,
  { maxCommandMs = DEFAULT_LIMITS.max_command_ms }: Pick<ToolContext, 'maxCommandMs'>,
): CommandTime {
  const ms = (asked ?? DEFAULT_SECONDS) * 1000;
  if (ms <= maxCommandMs) return { ms, notes: [] };
  const limit = maxCommandMs / 1000;
  const note = `timeout_secs ${asked} is above the limit of this task: the command was given ${limit} s`;
  return { ms: maxCommandMs, notes: asked === undefined ? [] : [note] };
}
