/**
 * Builds the input with which a file of another program continues here: its prompt, messages, provider and model, with
 * endpoint, tools, workspace and limits of the person who resumes it. Reads; starts nothing.
 */

import { RookeryError } from '../domain/errors.js';
import { type Adopted, adopt } from '../domain/import-checkpoint.js';
import type { RawFields } from '../domain/json-text.js';
import type { TaskInput } from '../domain/protocol.js';
import { PROVIDER_NAMES, type Provider } from '../domain/provider.js';
import type { TaskFile } from '../domain/wire.js';
import { readCheckpoint } from '../mirror/checkpoint-reader.js';
import type { ManagerContext } from './context.js';
import { signedInput } from './submit.js';

/**
 * Settings of the person who resumes, for a file without a signed input of ours. A provider among them replaces the
 * file's.
 */
export type Adopter = (file: TaskFile) => Promise<Omit<TaskInput, 'prompt'>>;

export interface ForeignTask {
  readonly task: TaskFile;
  readonly extra: RawFields;
}

export interface Adoption {
  readonly input: TaskInput;
  /** What the task continues from, for a person. */
  readonly from: string;
}

export async function adoption(
  context: ManagerContext,
  foreign: ForeignTask,
  adopter: Adopter | undefined,
): Promise<Adoption> {
  const { id, prompt, system_prompt, created_at } = foreign.task;
  const adopterSettings = (await adopter?.(foreign.task)) ?? {};
  const settings =
    adopterSettings.provider === undefined ? { ...adopterSettings, ...keptModel(foreign.task) } : adopterSettings;
  const { adopted, from } = await startingPointOf(context, id);
  const extra = foreign.extra.length > 0 ? { extra: foreign.extra } : {};
  const input = signedInput(context, id, {
    ...settings,
    prompt,
    system_prompt,
    created_at,
    ...extra,
    ...(adopted ? { adopted } : {}),
  });
  return { input, from };
}

/** Names in the other program for providers with LiteLLM's API. */
const LITELLM_COMPATIBLE: ReadonlySet<string> = new Set(['openai-compatible', 'vllm', 'sglang']);

/** Our provider for the name in a file; throws `usage` when there is none. */
export function keptProvider(name: string): Provider {
  const known = PROVIDER_NAMES.find((provider) => provider === (LITELLM_COMPATIBLE.has(name) ? 'litellm' : name));
  if (known) return known;
  throw new RookeryError('usage', `It ran on '${name}', which is not a provider here; the task is not changed`, {
    hint: 'Choose one with --provider',
  });
}

// ---

function keptModel({ provider, model }: TaskFile): Pick<TaskInput, 'provider' | 'model'> {
  if (provider === null) return {};
  return { provider: keptProvider(provider), ...(model === null ? {} : { model }) };
}

/** As in the other program, an unreadable checkpoint means a fresh start; the file is kept until ours replaces it. */
async function startingPointOf({ paths }: ManagerContext, id: string): Promise<{ adopted?: Adopted; from: string }> {
  const read = await readCheckpoint(paths, id);
  if (read.kind === 'broken') return { from: `its prompt, because its checkpoint cannot be read: ${read.reason}` };
  if (read.kind === 'absent' || read.checkpoint.messages.length === 0) return { from: 'its prompt' };
  const adopted = adopt(read.checkpoint);
  return { adopted, from: `its checkpoint at iteration ${adopted.iterations}` };
}
