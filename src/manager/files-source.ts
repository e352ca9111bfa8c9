/**
 * What a task continues from when Temporal has no history of it: its checkpoint file, in the text protocol of that file,
 * else its answer. The settings come from its signed input, or from the person who continues it.
 */
import type { Continues } from '../domain/continues.js';
import type { Message } from '../domain/conversation.js';
import { RookeryError } from '../domain/errors.js';
import { adopt } from '../domain/import-checkpoint.js';
import { DEFAULT_SYSTEM_PROMPT } from '../domain/limits.js';
import type { TaskInput } from '../domain/protocol.js';
import { saidTurns } from '../domain/starting-point.js';
import { isTerminal, NO_USAGE } from '../domain/task.js';
import { fileNameOf } from '../domain/task-id.js';
import type { TaskFile } from '../domain/wire.js';
import { readCheckpoint } from '../mirror/checkpoint-reader.js';
import { readTaskText } from '../mirror/reader.js';
import { hashOf, listedOrder, readOrder, writeOrder } from '../mirror/write-order.js';
import { type Adopter, keptProvider } from './adopt.js';
import { type ManagerContext, notFound } from './context.js';
import { settingsOf } from './onward-input.js';
import { readInput } from './submit.js';

/** What a task continues from. */
export interface TaskSource {
  /** The settings of its last start. */
  readonly task: TaskInput;
  readonly continues: Continues;
  /** Of the files and the workspace; null: none is known. */
  readonly host: string | null;
  /** What could not be taken over, in one sentence; null for nothing. */
  readonly lost: string | null;
}

export interface FromFiles {
  readonly text?: string | undefined;
  readonly message?: string | undefined;
  readonly name: 'send' | 'retry' | 'fork';
  readonly adopt?: Adopter | undefined;
}

/** Throws `not_found`, `wrong_status` for a task that has not ended, and when its files do not say enough. */
export async function filesSource(context: ManagerContext, id: string, from: FromFiles): Promise<TaskSource> {
  const { read, text: bytes } = await readTaskText(context.paths, id);
  if (read.kind === 'absent') throw notFound(id);
  if (read.kind === 'broken')
    throw new RookeryError('bad_input', `The file of task '${id}' cannot be read: ${read.reason}`);
  const file = read.task;
  if (!isTerminal(file.status)) {
    throw new RookeryError('wrong_status', `Task '${id}' has no workflow`, {
      hint: `Run \`rookery resume ${fileNameOf(id)}\` to start it`,
    });
  }
  const { messages, iterations, lost } = await conversationOf(context, file, from);
  if (from.name !== 'fork') await markEnded(context, id, bytes ?? '');
  const { provider, model } = file;
  const task = await settings(context, file, from.adopt);
  return {
    task: { ...task, created_at: file.created_at, extra: read.extra },
    continues: {
      from: { id, iteration: iterations },
      kind: from.name,
      messages: [...messages, ...saidTurns(from)],
      iterations,
      usage: listedOrder(context.paths.order(id)).spent ?? NO_USAGE,
      elapsed_ms: 0,
      ...(provider === null ? {} : { provider }),
      ...(model === null ? {} : { model }),
    },
    host: null,
    lost: [lost, ...lostTime(task)].join('; '),
  };
}

/** When a task was created and last written is in its files, and not for how long it ran. */
export function lostTime({ limits }: TaskInput): string[] {
  return (limits?.max_time_ms ?? null) === null ? [] : ['how long it has run is not known: its time limit begins anew'];
}

// ---

interface FromTheFiles {
  readonly messages: readonly Message[];
  readonly iterations: number;
  readonly lost: string;
}

async function conversationOf(context: ManagerContext, file: TaskFile, from: FromFiles): Promise<FromTheFiles> {
  const { id, result, iterations } = file;
  const read = await readCheckpoint(context.paths, id);
  if (read.kind === 'checkpoint' && read.checkpoint.messages.length > 0) {
    const { messages, iterations: taken } = adopt(read.checkpoint);
    const lost = `its history is gone: from its checkpoint at iteration ${taken}, where calls and their results are text`;
    return { messages: [notice(lost), ...withoutOpening(messages, file)], iterations: taken, lost };
  }
  if (result !== null && from.text !== undefined) {
    const lost = 'its history is gone: of the conversation only the prompt and the answer are left';
    return { messages: [notice(lost), { role: 'assistant', content: result }], iterations, lost };
  }
  const name = fileNameOf(id);
  const what = `Temporal has no history of task '${id}' any more, and there is no checkpoint file`;
  throw new RookeryError('wrong_status', `${what}: \`rookery rerun ${name}\` begins it anew`);
}

/** What the text of a checkpoint has seen is not known, so it counts as anything. */
export function notice(lost: string): Message {
  return {
    role: 'user',
    content: `[This task continues; ${lost}.]`,
    removed: { rounds: 0, labels: ['private', 'untrusted'] },
  };
}

/** The opening is in the input. */
export function withoutOpening(messages: readonly Message[], { prompt }: TaskFile): readonly Message[] {
  const rest = messages[0]?.role === 'system' ? messages.slice(1) : messages;
  const [first] = rest;
  return first?.role === 'user' && first.content === prompt ? rest.slice(1) : rest;
}

async function settings(context: ManagerContext, file: TaskFile, adopter: Adopter | undefined): Promise<TaskInput> {
  const { id, prompt, system_prompt, provider, model } = file;
  const signed = await readInput(context, id);
  if (signed) return settingsOf(signed);
  const chosen = provider === null ? {} : { provider: keptProvider(provider), ...(model === null ? {} : { model }) };
  const system = system_prompt === DEFAULT_SYSTEM_PROMPT ? {} : { system_prompt };
  return { ...((await adopter?.(file)) ?? chosen), prompt, ...system };
}

/** The end in the file is the last word of the run that is gone, by us or by another program: a later run replaces it. */
async function markEnded({ paths }: ManagerContext, id: string, text: string): Promise<void> {
  const known = readOrder(paths.order(id));
  if (known?.ended) return;
  await writeOrder(paths.order(id), { run_started: 0, version: 0, hashes: [hashOf(text)], ...known, ended: true });
}
