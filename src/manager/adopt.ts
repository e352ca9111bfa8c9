/**
 * The input with which a file of another program goes on here: its prompt, its messages, its provider and model; endpoint,
 * tools, workspace and limits of who resumes it. Reads; starts nothing.
 */
import { type Adopted, adopt } from '../domain/adoption.js';
import { RookeryError } from '../domain/errors.js';
import type { RawFields } from '../domain/json-text.js';
import type { TaskInput } from '../domain/protocol.js';
import type { TaskFile } from '../domain/wire.js';
import { readCheckpoint } from '../mirror/checkpoint-reader.js';
import type { ManagerContext } from './context.js';
import { signedInput } from './submit.js';

/** Settings of who resumes, for a file that has no signed input of ours. */
export type Adopter = (file: TaskFile) => Promise<Omit<TaskInput, 'prompt'>>;

export interface Foreign {
  readonly task: TaskFile;
  readonly extra: RawFields;
}

/** An input is one payload, and the server takes no more than 2 MB. */
const MAX_BYTES = 1536 * 1024;

export interface Adoption {
  readonly input: TaskInput;
  /** What it goes on from, for a person. */
  readonly from: string;
}

export async function adoption(
  context: ManagerContext,
  foreign: Foreign,
  adopter: Adopter | undefined,
): Promise<Adoption> {
  const { id, prompt, system_prompt, created_at } = foreign.task;
  const settings = (await adopter?.(foreign.task)) ?? {};
  const adopted = await checkpointOf(context, id);
  const extra = foreign.extra.length > 0 ? { extra: foreign.extra } : {};
  const input = signedInput(context, id, {
    ...settings,
    prompt,
    system_prompt,
    created_at,
    ...extra,
    ...(adopted ? { adopted } : {}),
  });
  const bytes = Buffer.byteLength(JSON.stringify(input));
  if (bytes > MAX_BYTES) {
    throw new RookeryError(
      'bad_input',
      `Task '${id}' cannot be adopted: prompt and checkpoint are ${bytes} bytes, more than ${MAX_BYTES}`,
    );
  }
  return { input, from: adopted ? `its checkpoint at iteration ${adopted.iterations}` : 'its prompt' };
}

// ---

/** As in the other program, a checkpoint that cannot be read means a fresh start; the file is kept until ours replaces it. */
async function checkpointOf({ paths }: ManagerContext, id: string): Promise<Adopted | undefined> {
  const read = await readCheckpoint(paths, id);
  return read.kind === 'checkpoint' && read.checkpoint.messages.length > 0 ? adopt(read.checkpoint) : undefined;
}
