/** Reads a checkpoint file as RavenClaws' loader does. Writes nothing. */
import type { ContentPart } from '../domain/conversation.js';
import { sentenceOf } from '../domain/errors.js';
import { depthOf } from '../domain/json-text.js';
import { CHECKPOINT_FIELDS, type Checkpoint, type WireMessage } from '../domain/wire.js';
import { fileProblem } from '../files/errors.js';
import type { Paths } from './paths.js';
import { readText } from './read-text.js';
import { Fields, short } from './serde-json.js';

export type CheckpointRead =
  | { readonly kind: 'checkpoint'; readonly checkpoint: Checkpoint }
  | { readonly kind: 'absent' }
  | { readonly kind: 'broken'; readonly reason: string };

/** Its `session_id` is not compared with the file name: RavenClaws does not compare them either. */
export async function readCheckpoint(paths: Paths, id: string): Promise<CheckpointRead> {
  try {
    const text = await readText(paths.checkpoint(id));
    return text === undefined ? { kind: 'absent' } : { kind: 'checkpoint', checkpoint: parseCheckpoint(text) };
  } catch (error) {
    return { kind: 'broken', reason: fileProblem(error) };
  }
}

// ---

function parseCheckpoint(text: string): Checkpoint {
  const fields = Fields.ofText(text, CHECKPOINT_FIELDS);
  return {
    session_id: fields.text('session_id'),
    iteration: Number(fields.whole('iteration')),
    max_iterations: Number(fields.whole('max_iterations')),
    messages: fields.list('messages').map((json, i) => within(`message ${i + 1}`, () => messageOf(json))),
    initial_prompt: fields.text('initial_prompt'),
    system_prompt: fields.text('system_prompt'),
    provider: fields.text('provider'),
    model: fields.text('model'),
    enable_tools: fields.flag('enable_tools'),
    last_checkpoint: fields.text('last_checkpoint'),
  };
}

function messageOf(json: string): WireMessage {
  const fields = Fields.of(json, ['role', 'content', 'content_parts']);
  const message = { role: fields.text('role'), content: fields.text('content') };
  if (fields.raw('content_parts') === undefined) return message;
  return { ...message, content_parts: fields.list('content_parts').map(partOf) };
}

/**
 * Nesting levels that serde_json allows a part: 127 in all, of which four surround the part. It skips the values of
 * unknown fields without any limit.
 */
const PART_DEPTH = 123;

/** A union without a tag: the text form is tried first, then the image. */
function partOf(json: string): ContentPart {
  if (depthOf(json) > PART_DEPTH) throw new Error(`a part is nested deeper than ${PART_DEPTH} levels`);
  const text = attempt(() => Fields.of(json, ['text']).text('text'));
  if (text !== undefined) return { text };
  const url = attempt(() => Fields.of(Fields.of(json, ['image_url']).raw('image_url') ?? 'null', ['url']).text('url'));
  if (url !== undefined) return { image_url: { url } };
  throw new Error(`${short(json)} is neither a text part nor an image part`);
}

function attempt(read: () => string): string | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function within<T>(place: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new Error(`${place}: ${sentenceOf(error)}`);
  }
}
