/**
 * The input of a task that goes on from an earlier moment: the settings of its source with what the person changed, and
 * the conversation in the room that is left. A limit that is reached already is refused here. Signs nothing.
 */
import type { Continues } from '../domain/continues.js';
import { RookeryError } from '../domain/errors.js';
import { DEFAULT_LIMITS, FIXED } from '../domain/limits.js';
import { inputBytes } from '../domain/payloads.js';
import type { TaskInput } from '../domain/protocol.js';
import { LIMIT_FLAGS, reachedLimit } from '../domain/reached-limit.js';
import { bounded } from '../domain/starting-point.js';

/** What a person may change when a task goes on; absent fields stay. `allow` adds to what was allowed. */
export type Overrides = Partial<
  Pick<
    TaskInput,
    'provider' | 'model' | 'endpoint' | 'endpoint_origin' | 'fallback' | 'effort' | 'limits' | 'allow' | 'yes'
  > &
    Pick<TaskInput, 'policy' | 'workspace' | 'system_prompt'>
>;

/** Throws `bad_input` when the task would end at once, at a limit. */
export function onwardInput(source: TaskInput, continues: Continues, overrides: Overrides = {}): TaskInput {
  const task = overridden(source, overrides);
  refuseAtLimit(task, continues);
  // The place of the signature, and of what the server adds.
  const rest = inputBytes({ ...task, continues: { ...continues, messages: [] } }) + SIGNATURE_BYTES;
  const messages = bounded(continues.messages, FIXED.inputBytes - rest);
  return { ...task, continues: { ...shown(continues, overrides), messages } };
}

/** The settings of a task without what belongs to one start of it. */
export function settingsOf({ signature: _s, traceparent: _t, continues: _c, ...settings }: TaskInput): TaskInput {
  return settings;
}

// ---

const SIGNATURE_BYTES = 1024;

function overridden(source: TaskInput, { limits, allow, ...others }: Overrides): TaskInput {
  const { provider, model, endpoint, endpoint_origin, fallback, ...rest } = settingsOf(source);
  // Another provider has other models and another address.
  const isOther = others.provider !== undefined && others.provider !== provider;
  const chosen = isOther ? {} : given({ provider, model, endpoint, endpoint_origin, fallback });
  const all = [...new Set([...(source.allow ?? []), ...(allow ?? [])])];
  return {
    ...rest,
    ...chosen,
    ...given(others),
    ...(limits || source.limits ? { limits: { ...source.limits, ...limits } } : {}),
    ...(all.length > 0 ? { allow: all } : {}),
  };
}

/** Only the fields that have a value. */
function given<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}

function refuseAtLimit(task: TaskInput, { iterations, usage, elapsed_ms: time }: Continues): void {
  const own = iterations - (task.adopted?.iterations ?? 0);
  const reached = reachedLimit({ ...DEFAULT_LIMITS, ...task.limits }, { iterations: own, usage, time });
  if (!reached) return;
  const { sentence, kind } = reached;
  throw new RookeryError('bad_input', `The task would end at once: ${sentence}; give a higher ${LIMIT_FLAGS[kind]}`);
}

/** Until the next reply the files name the last model, unless the person chose another one. */
function shown(continues: Continues, overrides: Overrides): Continues {
  if (overrides.provider === undefined && overrides.model === undefined) return continues;
  const { provider: _provider, model: _model, ...others } = continues;
  return others;
}
