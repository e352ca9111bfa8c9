/**
 * The two TOML files: the project's `rookery.toml` and the user's `config.toml`. A project's file cannot set endpoint,
 * policy, tools or MCP until the user has trusted exactly these bytes once: it comes with the code of strangers.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse, TomlError } from 'smol-toml';
import { z } from 'zod';
import { RookeryError, sentenceOf } from '../domain/errors.js';
import { problemOf } from '../domain/wire-schema.js';
import { codeOf } from '../durable/failure.js';
import { makeDirectory, writeDurably } from '../durable/write.js';

const count = z.number().int().positive();

/** Every setting that a file may hold, in the words of the flags. */
export const fileSchema = z
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

/** What needs trust in a project's file. */
export const TRUSTED_ONLY: readonly (keyof FileSettings)[] = ['endpoint', 'allow', 'workdir', 'fallback', 'provider'];

export interface ConfigFile {
  readonly path: string;
  readonly settings: FileSettings;
  /** Names that were left out because the file is not trusted. */
  readonly untrusted: readonly string[];
}

export function readUserFile(configDirectory: string): ConfigFile | undefined {
  const path = join(configDirectory, 'config.toml');
  const text = readIfThere(path);
  return text === undefined ? undefined : { path, settings: parseFile(path, text), untrusted: [] };
}

export function readProjectFile(directory: string, configDirectory: string): ConfigFile | undefined {
  const path = resolve(directory, 'rookery.toml');
  const text = readIfThere(path);
  if (text === undefined) return undefined;
  const settings = parseFile(path, text);
  const named = TRUSTED_ONLY.filter((name) => settings[name] !== undefined);
  if (named.length === 0 || trusted(configDirectory).includes(fingerprint(path, text)))
    return { path, settings, untrusted: [] };
  const rest = Object.fromEntries(
    Object.entries(settings).filter(([name]) => !named.includes(name as keyof FileSettings)),
  );
  return { path, settings: rest, untrusted: named };
}

/** Remembers the project's file as it is now. Any later change asks again. */
export async function trustProjectFile(directory: string, configDirectory: string): Promise<string> {
  const path = resolve(directory, 'rookery.toml');
  const text = readIfThere(path);
  if (text === undefined) throw new RookeryError('not_found', `There is no ${path} to trust`);
  parseFile(path, text);
  await makeDirectory(configDirectory);
  const known = [...new Set([...trusted(configDirectory), fingerprint(path, text)])];
  await writeDurably(join(configDirectory, 'trusted.json'), JSON.stringify(known, null, 2));
  return path;
}

// ---

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined;
    throw new RookeryError('usage', `The config file ${path} cannot be read: ${sentenceOf(error)}`, { cause: error });
  }
}

function parseFile(path: string, text: string): FileSettings {
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

function fingerprint(path: string, text: string): string {
  return createHash('sha256').update(`${path}\0${text}`).digest('hex');
}

function trusted(configDirectory: string): string[] {
  const text = readIfThere(join(configDirectory, 'trusted.json'));
  const parsed = z.array(z.string()).safeParse(text === undefined ? [] : safeJson(text));
  return parsed.success ? parsed.data : [];
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return [];
  }
}
