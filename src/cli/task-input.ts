/** Builds a task's input from the arguments, flags and settings of `run`, `submit`, `sign` and adoption. */
import { isUtf8 } from 'node:buffer';
import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { type Chosen, chooseModel } from '../config/choose-model.js';
import { type AnswerSchema, problemOfForm } from '../domain/answer-schema.js';
import { RookeryError, sentenceOf } from '../domain/errors.js';
import { DEFAULT_LIMITS } from '../domain/limits.js';
import type { TaskInput } from '../domain/protocol.js';
import { isLabel, isName, LABEL_RULE, NAME_RULE } from '../domain/task-about.js';
import { readTraceParent } from '../domain/trace-parent.js';
import { fileProblem } from '../files/errors.js';
import { onLimit } from './on-limit.js';
import type { Session, VerbOptions } from './session.js';

/** The words, `--file PATH`, or `-` for stdin. Throws `usage` when there is nothing in them. */
export async function readPrompt(words: readonly string[], { file, literal }: VerbOptions): Promise<string> {
  if (typeof file === 'string' && words.length > 0) {
    throw new RookeryError('usage', `Both a prompt and --file ${file} were given`, { hint: 'Give one of them' });
  }
  const prompt = typeof file === 'string' ? await fromFile(file) : await fromWords(words, literal);
  if (prompt.trim() !== '') return prompt.trim();
  throw new RookeryError('usage', 'The prompt is empty', {
    hint: 'Give it as words, with --file PATH, or as - from stdin',
  });
}

/**
 * The words, or what is on stdin when they are a single `-` that does not stand after `--`. Throws `usage` for a `-` before
 * other words, which would leave what is on stdin out.
 */
export async function fromWords(words: readonly string[], literal: boolean): Promise<string> {
  if (words[0] !== '-' || literal) return asTyped(words.join(' '));
  if (words.length === 1) return decoded(await buffer(process.stdin), 'The text on stdin');
  throw new RookeryError('usage', 'Both - for stdin and other words were given', {
    hint: 'Give one of them; after -- everything is text, a - too',
  });
}

/** UTF-8, or UTF-16 with its mark, as PowerShell writes it. Nothing is guessed: a wrong letter is a wrong prompt. */
export function decoded(bytes: Buffer, what: string): string {
  const [first, second] = bytes;
  const encoding =
    first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
  let text: string;
  try {
    text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new RookeryError('usage', `${what} is not valid ${encoding.toUpperCase()}`, {
      hint: 'Convert it first, for example with: iconv -f ISO-8859-1 -t UTF-8',
      cause,
    });
  }
  if (!text.includes('\0')) return text;
  throw new RookeryError('usage', `${what} holds NUL characters, so it is no text`, {
    hint: 'If it is UTF-16 or UTF-32, convert it first, for example with: iconv -f UTF-16LE -t UTF-8',
  });
}

/** Everything but the prompt. */
export async function taskSettings(session: Session, named?: Chosen): Promise<Omit<TaskInput, 'prompt'>> {
  const { settings, env } = session;
  const chosen = named ?? (await chooseModel(settings, env));
  const system = await systemPrompt(settings.system_prompt.value);
  return {
    system_prompt: system,
    ...(await answerSchema(session.options)),
    ...chosen,
    ...(settings.fallback.value.length > 0 ? { fallback: settings.fallback.value } : {}),
    ...(settings.effort.value === undefined ? {} : { effort: settings.effort.value }),
    limits: {
      max_iterations: settings.max_iterations.value,
      max_total_tokens: settings.max_total_tokens.value,
      max_output_tokens: settings.max_output_tokens.value,
      ...(settings.max_time.value === null ? {} : { max_time_ms: settings.max_time.value }),
      // Left out where it says nothing new: a worker of an earlier version refuses what it does not know.
      ...(settings.max_command_time.value === DEFAULT_LIMITS.max_command_ms
        ? {}
        : { max_command_ms: settings.max_command_time.value }),
      ...(settings.max_cost.value === null ? {} : { max_cost_usd: settings.max_cost.value }),
    },
    ...onLimit(session, false),
    ...(settings.allow.value.length > 0 ? { allow: settings.allow.value } : {}),
    ...(session.options.yes === true ? { yes: true } : {}),
    ...waits(session),
    ...projectRules(session),
    ...namingOf(session.options),
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

/** Node puts U+FFFD in place of bytes of the command line that are not UTF-8. Known on Linux only. */
function asTyped(text: string): string {
  if (!text.includes('\ufffd') || !existsSync(COMMAND_LINE) || isUtf8(readFileSync(COMMAND_LINE))) return text;
  throw new RookeryError('usage', 'The words on the command line are not valid UTF-8', {
    hint: 'Use a terminal in a UTF-8 locale, or give the text in a file',
  });
}

const COMMAND_LINE = '/proc/self/cmdline';

/** Throws `usage`, which names the option. */
function namingOf({ name, group, label = [] }: Session['options']): Pick<TaskInput, 'name' | 'group' | 'labels'> {
  for (const [option, value] of Object.entries({ '--name': name, '--group': group })) {
    if (value !== undefined && !isName(value))
      throw new RookeryError('usage', `${option} takes ${NAME_RULE}, not '${value.slice(0, 100)}'`);
  }
  const labels = label.map((text): [string, string] => {
    const at = text.indexOf('=');
    const pair: [string, string] = [text.slice(0, at), text.slice(at + 1)];
    if (at > 0 && isLabel(...pair)) return pair;
    throw new RookeryError('usage', `--label takes KEY=VALUE, not '${text.slice(0, 100)}'`, { hint: LABEL_RULE });
  });
  return {
    ...(name === undefined ? {} : { name }),
    ...(group === undefined ? {} : { group }),
    ...(labels.length === 0 ? {} : { labels: Object.fromEntries(labels) }),
  };
}

/** Checked here, before a server is started for the task. */
async function answerSchema({ schema: file }: Session['options']): Promise<Pick<TaskInput, 'schema'>> {
  if (file === undefined) return {};
  const text = await fromFile(file, 'schema');
  const wrong = (problem: string): RookeryError =>
    new RookeryError('usage', `The schema file ${file} cannot be used: ${problem}`, {
      hint: 'Give a JSON Schema (draft 2020-12, 2019-09 or draft-07) without references to other files',
    });
  let schema: unknown;
  try {
    schema = JSON.parse(text);
  } catch (error) {
    throw wrong(`it is not JSON (${sentenceOf(error)})`);
  }
  const { problemOfSchema } = await import('../schema/answer-check.js');
  const problem = problemOfForm(schema) ?? (await problemOfSchema(schema as AnswerSchema));
  if (problem !== undefined) throw wrong(problem);
  return { schema: schema as AnswerSchema };
}

/** How long the task waits for a person, and whether it may ask one; nothing where the default holds. */
function waits({ settings }: Session): Pick<TaskInput, 'approval_timeout_ms' | 'questions'> {
  const { approval_timeout: timeout, questions } = settings;
  return {
    ...(timeout.value === undefined ? {} : { approval_timeout_ms: timeout.value }),
    ...(questions.value ? {} : { questions: false }),
  };
}

/** Rules of a trusted project go with the tasks that start there; the worker has the user's own. */
function projectRules({ settings }: Session): Pick<TaskInput, 'policy'> {
  const rules = settings.policy.value.filter(({ origin }) => origin.startsWith('project file'));
  return rules.length > 0 ? { policy: rules.map(({ origin: _, ...rule }) => ({ ...rule })) } : {};
}

async function fromFile(file: string, what = 'prompt'): Promise<string> {
  try {
    return decoded(await readFile(file), `The file ${file}`);
  } catch (error) {
    if (error instanceof RookeryError) throw error;
    throw new RookeryError('usage', `The ${what} file ${file} cannot be read: ${fileProblem(error)}`, { cause: error });
  }
}

async function systemPrompt(value: string): Promise<string> {
  return value.startsWith('@') ? fromFile(value.slice(1)) : value;
}
