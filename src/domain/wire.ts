/**
 * The task file and the checkpoint file, exactly as RavenClaws 1.1.0 writes them: fields, order, spelling and bytes.
 * `toWire` and `checkpointOf` are here and nowhere else. Source of the format: the documented behaviour of RavenClaws
 * 1.1.0 (`<workdir>/tasks/<id>.json`, `<workdir>/tasks/checkpoints/<id>.json`).
 */
import { type ContentPart, type Message, openCalls } from './conversation.js';
import { layOut, type RawFields } from './json-text.js';
import type { Status } from './task.js';
import { fileNameOf } from './task-id.js';
import { renderObservation, renderTextCall } from './text-protocol.js';

/** The twelve fields of a task file, in their order. */
export interface TaskFile {
  readonly id: string;
  readonly prompt: string;
  readonly system_prompt: string;
  readonly status: Status;
  readonly result: string | null;
  readonly error: string | null;
  readonly created_at: string;
  readonly updated_at: string;
  readonly iterations: number;
  readonly provider: string | null;
  readonly model: string | null;
  readonly checkpoint: string | null;
}

export const FILE_FIELDS = [
  'id',
  'prompt',
  'system_prompt',
  'status',
  'result',
  'error',
  'created_at',
  'updated_at',
  'iterations',
  'provider',
  'model',
  'checkpoint',
] as const satisfies readonly (keyof TaskFile)[];

export interface WireMessage {
  readonly role: string;
  readonly content: string;
  readonly content_parts?: readonly ContentPart[];
}

export interface Checkpoint {
  readonly session_id: string;
  /** 0-based index of the round just finished. */
  readonly iteration: number;
  readonly max_iterations: number;
  readonly messages: readonly WireMessage[];
  readonly initial_prompt: string;
  readonly system_prompt: string;
  readonly provider: string;
  readonly model: string;
  readonly enable_tools: boolean;
  readonly last_checkpoint: string;
}

export const CHECKPOINT_FIELDS = [
  'session_id',
  'iteration',
  'max_iterations',
  'messages',
  'initial_prompt',
  'system_prompt',
  'provider',
  'model',
  'enable_tools',
  'last_checkpoint',
] as const satisfies readonly (keyof Checkpoint)[];

const LONE_SURROGATE = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g;

/** Serde refuses a lone surrogate, and the whole file with it. */
export function wellFormed(text: string): string {
  return text.isWellFormed() ? text : text.replace(LONE_SURROGATE, '\uFFFD');
}

const FIELD_NAMES: ReadonlySet<string> = new Set(FILE_FIELDS);

/** Text that may be an escaped lone surrogate: JSON escapes no other unit of this range. */
const SUSPICIOUS = /\\ud[89a-f]/i;

function serialise(value: unknown, indent: number): string {
  const text = JSON.stringify(value, null, indent);
  // Checking each text separately takes ten times as long.
  if (!SUSPICIOUS.test(text)) return text;
  return JSON.stringify(value, (_key, field) => (typeof field === 'string' ? wellFormed(field) : field), indent);
}

/**
 * The bytes of a task file; `extra` are fields that RavenClaws does not know, kept after the known ones with their
 * exact values. For a known field the extra text counts only while its value is unchanged: a number that no double
 * holds. The id stands there as the file's name: RavenClaws writes a task into the file that its id names.
 */
export function toWire(file: TaskFile, extra: RawFields = []): string {
  const kept = new Map(extra);
  const known = FILE_FIELDS.map((field) => {
    const exact = kept.get(field);
    const value = field === 'id' ? fileNameOf(file.id) : file[field];
    const same = exact !== undefined && JSON.parse(exact) === value;
    return line(field, same ? exact : serialise(value, 0));
  });
  const unknown = extra.filter(([name]) => !FIELD_NAMES.has(name)).map(([name, json]) => line(name, layOut(json, 1)));
  return `{\n${[...known, ...unknown].join(',\n')}\n}`;
}

function line(name: string, json: string): string {
  return `  ${serialise(name, 0)}: ${json}`;
}

export function checkpointToWire(checkpoint: Checkpoint): string {
  return serialise(checkpoint, 2);
}

/** The form that the task file's string field `checkpoint` holds. */
export function checkpointCompact(checkpoint: Checkpoint): string {
  return serialise(checkpoint, 0);
}

/** The complete rounds of a conversation: without a last reply whose calls have no results yet. */
export function completeRounds(messages: readonly Message[], iterations: number) {
  if (openCalls(messages).length === 0) return { messages, iteration: iterations - 1 };
  const at = messages.findLastIndex((message) => message.role === 'assistant');
  return { messages: messages.slice(0, at), iteration: iterations - 2 };
}

/**
 * The messages in RavenClaws' text protocol, which allows one call per reply: further calls of a reply become separate
 * replies, each before its observation.
 */
export function toTextProtocol(messages: readonly Message[]): WireMessage[] {
  const wire: WireMessage[] = [];
  const names = new Map<string, string>();
  for (const message of messages) {
    if (message.role === 'assistant') {
      for (const call of message.calls ?? []) names.set(call.id, renderTextCall(call.name, call.args));
      const first = message.calls?.[0];
      const text = first ? names.get(first.id) : undefined;
      if (first) names.delete(first.id);
      wire.push({ role: 'assistant', content: [message.content, text].filter(Boolean).join('\n') });
    } else if (message.role === 'tool') {
      const further = names.get(message.call);
      if (further !== undefined) wire.push({ role: 'assistant', content: further });
      names.delete(message.call);
      wire.push({ role: 'user', content: renderObservation(message.outcome, message.content) });
    } else if (message.role === 'user' && message.parts) {
      wire.push({ role: 'user', content: message.content, content_parts: message.parts });
    } else wire.push({ role: message.role, content: message.content });
  }
  return wire;
}
