/**
 * What the flags of `retry`, `rerun` and `fork` change of a task. Flags alone: settings from files and the environment
 * are for new tasks.
 */
import type { Option } from 'commander';
import { chooseModel } from '../config/choose-model.js';
import type { Setting } from '../config/setting-origin.js';
import type { Limits } from '../domain/limits.js';
import type { Overrides } from '../manager/onward-input.js';
import type { Session } from './session.js';
import { TASK_OPTIONS } from './task-options.js';
import { checkWorkspace } from './workspace-check.js';

/** What the prompt was stays. */
const FIXED_AT_SUBMIT: ReadonlySet<string> = new Set(['--file', '--system-prompt', '--on-limit', '--schema']);

export const OVERRIDE_OPTIONS: readonly Option[] = TASK_OPTIONS.filter(({ long }) => !FIXED_AT_SUBMIT.has(long ?? ''));

export async function overridesOf(session: Session): Promise<Overrides> {
  const { settings, options } = session;
  if (settings.workspace.origin === 'flag') checkWorkspace(session);
  const limits = limitsOf(session);
  return {
    ...(await modelOf(session)),
    ...flag('fallback', settings.fallback),
    ...flag('effort', settings.effort),
    ...flag('allow', settings.allow),
    ...flag('workspace', settings.workspace),
    ...flag('approval_timeout_ms', settings.approval_timeout),
    ...flag('questions', settings.questions),
    ...(Object.keys(limits).length > 0 ? { limits } : {}),
    ...(options.yes === true ? { yes: true } : {}),
  };
}

// ---

/** Another provider has its own model and address, as in a new task. */
async function modelOf({ settings, env }: Session): Promise<Overrides> {
  if (settings.provider.origin === 'flag') return chooseModel(settings, env);
  const { endpoint } = settings;
  const origin = endpoint.origin === 'flag' ? ({ endpoint_origin: 'user' } as const) : {};
  return { ...flag('model', settings.model), ...flag('endpoint', endpoint), ...origin };
}

function limitsOf({ settings }: Session): Partial<Limits> {
  return {
    ...flag('max_iterations', settings.max_iterations),
    ...flag('max_total_tokens', settings.max_total_tokens),
    ...flag('max_output_tokens', settings.max_output_tokens),
    ...flag('max_time_ms', settings.max_time),
    ...flag('max_command_ms', settings.max_command_time),
    ...flag('max_cost_usd', settings.max_cost),
  };
}

function flag<K extends string, T>(name: K, { value, origin }: Setting<T>): { [N in K]?: Exclude<T, undefined> } {
  return origin === 'flag' && value !== undefined ? ({ [name]: value } as never) : {};
}
