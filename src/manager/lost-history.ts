/**
 * The input with which an open task of ours continues when the server has lost its history: the settings of its signed
 * start, the conversation of its checkpoint, its spend, and a note of the calls that were begun since. Signed anew,
 * because the old start has begun its one task. Starts nothing.
 */
import { existsSync } from 'node:fs';
import type { Continues } from '../domain/continues.js';
import type { Message } from '../domain/conversation.js';
import { RookeryError } from '../domain/errors.js';
import { adopt } from '../domain/import-checkpoint.js';
import type { TaskInput } from '../domain/protocol.js';
import { NO_USAGE } from '../domain/task.js';
import { fileNameOf } from '../domain/task-id.js';
import { truncate } from '../domain/truncate.js';
import type { TaskFile } from '../domain/wire.js';
import { readCheckpoint } from '../mirror/checkpoint-reader.js';
import { waitIn } from '../mirror/shown-wait.js';
import { listedOrder } from '../mirror/write-order.js';
import type { Adopter, Adoption, ForeignTask } from './adopt.js';
import { type BegunCall, begunAfter } from './begun-calls.js';
import type { ManagerContext } from './context.js';
import { lostTime, notice, withoutOpening } from './files-source.js';
import { boundedInput, settingsOf } from './onward-input.js';
import { signedInput } from './submit.js';

export async function lostStart(
  context: ManagerContext,
  { task: file, extra }: ForeignTask,
  start: TaskInput,
): Promise<Adoption> {
  const { paths } = context;
  const { id, iterations: shown } = file;
  const past = await pastOf(context, file, start);
  const begun = await begunAfter(paths, id, past.texts);
  const { spent } = listedOrder(paths.order(id));
  const messages = [...past.messages, ...(begun.length > 0 ? [noteOf(begun)] : [])];
  const continues: Continues = {
    from: { id, iteration: past.iterations },
    kind: 'retry',
    messages,
    iterations: past.iterations,
    usage: spent ?? NO_USAGE,
    elapsed_ms: 0,
    ...(file.provider === null ? {} : { provider: file.provider }),
    ...(file.model === null ? {} : { model: file.model }),
  };
  const { adopted: _, ...settings } = settingsOf(start);
  const task = {
    ...settings,
    ...(past.keepsAdopted && start.adopted ? { adopted: start.adopted } : {}),
    ...(extra.length > 0 ? { extra } : {}),
  };
  const input = signedInput(context, id, boundedInput(task, continues));
  const lost = [
    ...repeatedReplies(shown - past.iterations),
    ...begunCalls(begun.length),
    ...(shown > 0 && !spent ? ['what it has used so far is not known'] : []),
    ...lostTime(start),
    ...lostWait(context, file),
  ];
  return { input, from: [past.from, ...lost].join('; ') };
}

/**
 * The start of a task that was verified here and is not kept here (adopted from a file, or signed by another client): its
 * file, its workspace and the settings of the person. Throws `unsigned` for one that was never verified: it may not do what the person may.
 */
export async function startOfFile(
  { paths }: ManagerContext,
  { task }: ForeignTask,
  adopt?: Adopter,
): Promise<TaskInput> {
  const { id, prompt, system_prompt, created_at } = task;
  if (!existsSync(paths.admitted(id))) {
    throw new RookeryError('unsigned', `Task '${id}' was started by another client, without a signature`, {
      hint: `\`rookery resume ${fileNameOf(id)}\` continues it with your settings`,
    });
  }
  return { ...(await adopt?.(task)), ...listedOrder(paths.order(id)).about, prompt, system_prompt, created_at };
}

// ---

const MOST_CALLS = 20;
const RESULT_BYTES = 2_048;

interface Past {
  readonly messages: readonly Message[];
  /** All that its checkpoint says. */
  readonly texts: readonly string[];
  readonly iterations: number;
  readonly from: string;
  /** The start brings what another program had done, and the checkpoint does not. */
  readonly keepsAdopted: boolean;
}

async function pastOf({ paths }: ManagerContext, file: TaskFile, start: TaskInput): Promise<Past> {
  const read = await readCheckpoint(paths, file.id);
  if (read.kind === 'checkpoint' && read.checkpoint.messages.length > 0) {
    const { messages, iterations } = adopt(read.checkpoint);
    const from = `its checkpoint at iteration ${iterations}`;
    return {
      messages: [
        notice(`its history is gone: from ${from}, where calls and their results are text`),
        ...withoutOpening(messages, file),
      ],
      texts: read.checkpoint.messages.map(({ content }) => content),
      iterations,
      from,
      keepsAdopted: false,
    };
  }
  const { continues, adopted } = start;
  const broken = read.kind === 'broken' ? `, because its checkpoint cannot be read: ${read.reason}` : '';
  return {
    messages: continues?.messages ?? [],
    texts: [],
    iterations: continues?.iterations ?? adopted?.iterations ?? 0,
    from: `its beginning${broken}`,
    keepsAdopted: true,
  };
}

/** Results are what tools printed: their origin is not known here, so they count as anything. */
function noteOf(begun: readonly BegunCall[]): Message {
  const lines = begun.slice(-MOST_CALLS).map(({ summary, result }) => {
    if (!result) return `- ${summary}\n  started; its outcome is unknown`;
    return `- ${summary}\n  ${result.outcome}: ${truncate(result.content, { maxBytes: RESULT_BYTES })}`;
  });
  return {
    role: 'user',
    content: [
      '[The replies after this point are lost, and these calls of them were already started. They are not run again. ' +
        'Do not repeat one before you have checked what it did.]',
      ...lines,
    ].join('\n'),
    removed: { rounds: 0, labels: ['private', 'untrusted'] },
  };
}

function repeatedReplies(count: number): string[] {
  if (count <= 0) return [];
  return [`${count === 1 ? 'one reply' : `${count} replies`} after it ${count === 1 ? 'is' : 'are'} asked for again`];
}

function begunCalls(count: number): string[] {
  if (count === 0) return [];
  return [`${count === 1 ? 'one call' : `${count} calls`} begun after it: the model is told, and nothing runs again`];
}

/** What waited is asked again when the model asks for it again. */
function lostWait({ paths }: ManagerContext, file: TaskFile): string[] {
  const phase = waitIn(paths, file)?.phase;
  if (phase === 'waiting_approval') return ['its open approval is lost'];
  if (phase === 'waiting_question') return ['its open question is lost'];
  return [];
}
