/** Reads a checkpoint file as RavenClaws' loader takes it. Writes nothing. */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { sentenceOf } from '../domain/errors.js';
import type { Checkpoint } from '../domain/wire.js';
import { problemOf } from '../domain/wire-schema.js';
import { codeOf } from '../durable/failure.js';
import type { Paths } from './paths.js';

export type CheckpointRead =
  | { readonly kind: 'checkpoint'; readonly checkpoint: Checkpoint }
  | { readonly kind: 'absent' }
  | { readonly kind: 'broken'; readonly reason: string };

const index = z.number().int().nonnegative();
const part = z.union([z.object({ text: z.string() }), z.object({ image_url: z.object({ url: z.string() }) })]);
const schema = z.object({
  session_id: z.string(),
  iteration: index,
  max_iterations: index,
  messages: z.array(
    z.object({
      role: z.string(),
      content: z.string(),
      content_parts: z
        .array(part)
        .nullish()
        .transform((parts) => parts ?? undefined),
    }),
  ),
  initial_prompt: z.string(),
  system_prompt: z.string(),
  provider: z.string(),
  model: z.string(),
  enable_tools: z.boolean(),
  last_checkpoint: z.string(),
});

export async function readCheckpoint(paths: Paths, id: string): Promise<CheckpointRead> {
  try {
    const parsed = schema.safeParse(JSON.parse(await readFile(paths.checkpoint(id), 'utf8')));
    return parsed.success
      ? { kind: 'checkpoint', checkpoint: parsed.data }
      : { kind: 'broken', reason: problemOf(parsed.error) };
  } catch (error) {
    return codeOf(error) === 'ENOENT' ? { kind: 'absent' } : { kind: 'broken', reason: sentenceOf(error) };
  }
}
