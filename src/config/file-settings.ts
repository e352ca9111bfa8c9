/**
 * What a settings file may hold, in the words of the flags, and the one sentence why it does not. Apart from the files: most
 * people have none, and need not wait for the parsers.
 */
import { parse, TomlError } from 'smol-toml';
import { z } from 'zod';
import { RookeryError, sentenceOf } from '../domain/errors.js';
import { problemOf } from '../domain/wire-schema.js';

const count = z.number().int().positive();

const fileSchema = z
  .object({
    workdir: z.string(),
    workspace: z.string(),
    provider: z.string(),
    model: z.string(),
    endpoint: z.string(),
    fallback: z.array(z.string()),
    allow: z.array(z.string()),
    max_iterations: count,
    max_total_tokens: count,
    max_output_tokens: count,
    max_time: z.string(),
    system_prompt: z.string(),
    text_protocol: z.array(z.string()),
  })
  .partial()
  .strict();

export type FileSettings = z.infer<typeof fileSchema>;

export function parseFile(path: string, text: string): FileSettings {
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    const where = error instanceof TomlError ? ` (line ${error.line}, column ${error.column})` : '';
    throw new RookeryError('usage', `The config file ${path} is no TOML${where}: ${sentenceOf(error)}`, {
      cause: error,
    });
  }
  const parsed = fileSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new RookeryError('usage', `The config file ${path} is wrong: ${problemOf(parsed.error)}`);
}
