/**
 * The input of a task that goes on from an earlier moment: the settings of its source with what the person changed, and
 * the conversation in the room that is left. A limit that is reached already is refused here. Signs nothing.
 */
import type { Continues } from '../domain/continues.js';
import { RookeryError } from '../domain/errors.js';
import { DEFAULT_LIMITS, FIXED } from '../domain/limits.js';
import { inputBytes } from '../domain/payloads.js';
import type { TaskInput } from '../domain/protocol.js';
import { optionBeyond, reachedLimit } from '../domain/reached-limit.js';
import { bounded } from '../domain/starting-point.js';
import { fileNameOf } from '../domain/task-id.js';

/** What a person may change when a task goes on; absent fields stay. `allow` adds to what was allowed. */
export type Overrides = Partial<
  Pick<
    TaskInput,
    'provider' | 'model' | 'endpoint' | 'endpoint_origin' | 'fallback' | 'effort' | 'limits' | 'allow' | 'yes'
  > &
    Pick<TaskInput, 'policy' | 'workspace' | 'system_prompt' | 'approval_timeout_ms' | 'questions'>
>;

/** Throws `bad_input` when the task would end at once, at a limit. */
export function onwardInput(source: TaskInput, continues: Continues, overrides: Overrides = {}): TaskInput {
  const task = overridden(source, overrides);
  refuseAtLimit(task, continues);
  return boundedInput(task, shown(continues, overrides));
}

/** With as much of the conversation as fits. */
export function boundedInput(task: TaskInput, continues: Continues): TaskInput {
  // The place of the signature, and of what the server adds.
  const rest = inputBytes({ ...task, continues: { ...continues, messages: [] } }) + SIGNATURE_BYTES;
  const messages = bounded(continues.messages, FIXED.inputBytes - rest);
  return { ...task, continues: { ...continues, messages } };
}

/** The settings of a task without what belongs to one start of it. */
export function settingsOf({ signature: _s, traceparent: _t, continues: _c, ...settings }: TaskInput): TaskInput {
  return settings;
}

// ---

const SIGNATURE_BYTES = 1024;

function overridden(source: TaskInput, { limits, allow, ...others }: Overrides): TaskInput {
  const { provider, model, endpoint, endpoint_origin, fallback, worktree, ...rest } = settingsOf(source);
  // Another provider has other models and another address.
  const isOther = others.provider !== undefined && others.provider !== provider;
  const chosen = isOther ? {} : given({ provider, model, endpoint, endpoint_origin, fallback });
  const all = [...new Set([...(source.allow ?? []), ...(allow ?? [])])];
  return {
    ...rest,
    ...chosen,
    ...given(others),
    // Another workspace may be in another repository.
    ...(worktree === undefined || others.workspace !== undefined ? {} : { worktree }),
    ...(limits || source.limits ? { limits: { ...source.limits, ...limits } } : {}),
    ...(all.length > 0 ? { allow: all } : {}),
  };
}

/** Only the fields that have a value. */
function given<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}

function refuseAtLimit(task: TaskInput, { iterations, usage, elapsed_ms: time, kind, from }: Continues): void {
  const limits = { ...DEFAULT_LIMITS, ...task.limits };
  const spent = { iterations: iterations - (task.adopted?.iterations ?? 0), usage, time };
  const reached = reachedLimit(limits, spent);
  if (!reached) return;
  const option = optionBeyond(reached, limits, spent);
  const problem = `The task would end at once: ${reached.sentence}; give a higher ${option.replace(' ', ', such as ')}`;
  // A message has no limits of its own.
  const hint = `Run \`rookery retry ${fileNameOf(from.id)} ${option}\`, then send the message`;
  throw new RookeryError('bad_input', problem, kind === 'send' ? { hint } : {});
}

/** Until the next reply the files name the last model, unless the person chose another one. */
function shown(continues: Continues, overrides: Overrides): Continues {
  if (overrides.provider === undefined && overrides.model === undefined) return continues;
  const { provider: _provider, model: _model, ...others } = continues;
  return others;
}
