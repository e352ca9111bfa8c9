/** Builds a task's input from the arguments, flags and settings of `run`, `submit`, `sign` and adoption. */
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { type Chosen, chooseModel } from '../config/choose-model.js';
import { RookeryError, sentenceOf } from '../domain/errors.js';
import type { TaskInput } from '../domain/protocol.js';
import { readTraceParent } from '../domain/trace-parent.js';
import type { Session, VerbOptions } from './session.js';

/** The words, `--file PATH`, or `-` for stdin. Throws `usage` when there is nothing in them. */
export async function readPrompt(words: readonly string[], { file, literal }: VerbOptions): Promise<string> {
  if (typeof file === 'string' && words.length > 0) {
    throw new RookeryError('usage', `Both a prompt and --file ${file} were given`, { hint: 'Give one of them' });
  }
  const fromStdin = words.length === 1 && words[0] === '-' && !literal;
  const prompt =
    typeof file === 'string' ? await fromFile(file) : fromStdin ? await text(process.stdin) : words.join(' ');
  if (prompt.trim() !== '') return prompt.trim();
  throw new RookeryError('usage', 'The prompt is empty', {
    hint: 'Give it as words, with --file PATH, or as - from stdin',
  });
}

/** Everything but the prompt. */
export async function taskSettings(session: Session, named?: Chosen): Promise<Omit<TaskInput, 'prompt'>> {
  const { settings, env } = session;
  const chosen = named ?? (await chooseModel(settings, env));
  const system = await systemPrompt(settings.system_prompt.value);
  return {
    system_prompt: system,
    ...chosen,
    ...(settings.fallback.value.length > 0 ? { fallback: settings.fallback.value } : {}),
    ...(settings.effort.value === undefined ? {} : { effort: settings.effort.value }),
    limits: {
      max_iterations: settings.max_iterations.value,
      max_total_tokens: settings.max_total_tokens.value,
      max_output_tokens: settings.max_output_tokens.value,
      ...(settings.max_time.value === null ? {} : { max_time_ms: settings.max_time.value }),
      ...(settings.max_cost.value === null ? {} : { max_cost_usd: settings.max_cost.value }),
    },
    ...(settings.allow.value.length > 0 ? { allow: settings.allow.value } : {}),
    ...(session.options.yes === true ? { yes: true } : {}),
    ...projectRules(session),
    workspace: settings.workspace.value,
    ...(readTraceParent(env.TRACEPARENT) ? { traceparent: env.TRACEPARENT } : {}),
  };
}

/** Reports once at submit what runs without approval, and without a sandbox. */
export async function reportAllowed({ settings, options, paths, out }: Session): Promise<void> {
  if (options.yes === true) out.info('--yes: calls of this task run without approval.');
  if (!settings.allow.value.includes('shell') && options.yes !== true) return;
  const { sandboxFor } = await import('../sandbox/detect.js');
  const found = await sandboxFor(paths, settings.security.value.sandbox);
  if (found.kind === 'absent') out.info(`Shell commands run with your permissions, without a sandbox: ${found.why}.`);
}

// ---

/** Rules of a trusted project go with the tasks that start there; the worker has the user's own. */
function projectRules({ settings }: Session): Pick<TaskInput, 'policy'> {
  const rules = settings.policy.value.filter(({ origin }) => origin.startsWith('project file'));
  return rules.length > 0 ? { policy: rules.map(({ origin: _, ...rule }) => ({ ...rule })) } : {};
}

async function fromFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new RookeryError('usage', `The prompt file ${file} cannot be read: ${sentenceOf(error)}`, { cause: error });
  }
}

async function systemPrompt(value: string): Promise<string> {
  return value.startsWith('@') ? fromFile(value.slice(1)) : value;
}
