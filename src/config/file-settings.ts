/**
 * Schema and parser of a settings file; keys are named like the flags. A separate module, so that the parsers are
 * loaded only when a file exists.
 */
import { parse, TomlError } from 'smol-toml';
import { z } from 'zod';
import { RookeryError, sentenceOf } from '../domain/errors.js';
import type { Rule } from '../policy/rule.js';
import { mcpSchema } from './mcp-schema.js';
import { notifySchema } from './notify-schema.js';
import { problemOf } from './schema-problem.js';

const count = z.number().int().positive();

/** A port, or an address and a port. */
const listener = z.union([z.string(), count]);

const dollars = z.number().nonnegative();
const priceSchema = z
  .object({ input: dollars, cached_input: dollars.optional(), cache_write: dollars.optional(), output: dollars })
  .strict();

const workspaceSchema = z
  .object({
    path: z.string(),
    shared: z.boolean(),
    ship: z.enum(['off', 'git']),
    bundle_dir: z.string().min(1),
    bundle_max_mb: count,
  })
  .partial()
  .strict();

/** Every key has an entry in the table of `keys.ts`; a test checks this. */
export const fileSchema = z
  .object({
    workdir: z.string(),
    workspace: z.union([z.string(), workspaceSchema]),
    provider: z.string(),
    model: z.string(),
    endpoint: z.string(),
    fallback: z.array(z.string()),
    allow: z.array(z.string()),
    approval_timeout: z.string(),
    questions: z.boolean(),
    tools: z.array(z.string().min(1)),
    mcp: mcpSchema,
    notify: notifySchema,
    policy: z.unknown(),
    effort: z.union([z.string(), z.number()]),
    max_iterations: count,
    max_total_tokens: count,
    max_output_tokens: count,
    max_time: z.string(),
    max_command_time: z.string(),
    max_cost: z.number().positive(),
    on_limit: z.enum(['fail', 'ask']),
    prices: z.record(z.string().regex(/^[a-z]+:./, 'a price is of provider:model'), priceSchema),
    system_prompt: z.string(),
    text_protocol: z.array(z.string()),
    compaction: z.string(),
    context_windows: z.record(z.string(), count),
    security: z
      .object({
        unsigned: z.enum(['refuse', 'read-only']),
        trust_cluster: z.boolean(),
        phrase_warning: z.boolean(),
        sandbox: z.enum(['auto', 'off']),
        reset: z.enum(['ask', 'run']),
      })
      .partial()
      .strict(),
    sandbox: z
      .object({ read: z.array(z.string()), write: z.array(z.string()), env: z.array(z.string()) })
      .partial()
      .strict(),
    web_search: z.object({ searxng: z.string() }).partial().strict(),
    temporal: z.object({ task_queue: z.string(), codec: z.string() }).partial().strict(),
    worker: z
      .object({
        max_activities: count,
        max_workflow_tasks: count,
        max_cached_workflows: count,
        tuner: z.string(),
        target_cpu: count,
        target_memory: count,
        metrics: listener,
        otlp: z.string(),
        health: listener,
        deployment_name: z.string(),
        build_id: z.string(),
      })
      .partial()
      .strict(),
  })
  .partial()
  .strict();

export interface FileSettings extends Omit<z.infer<typeof fileSchema>, 'policy'> {
  readonly policy?: { readonly rules?: readonly Rule[] };
}

export async function parseFile(path: string, text: string): Promise<FileSettings> {
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    const where = error instanceof TomlError ? ` (line ${error.line}, column ${error.column})` : '';
    throw new RookeryError('usage', `The config file ${path} is not valid TOML${where}: ${sentenceOf(error)}`, {
      cause: error,
    });
  }
  const parsed = fileSchema.safeParse(value);
  if (!parsed.success) throw wrong(path, problemOf(parsed.error));
  const { policy, ...settings } = parsed.data;
  return policy === undefined ? settings : { ...settings, policy: await policyIn(path, policy) };
}

/** Schema of the key `policy`, which the file's schema accepts as unknown. */
export async function policySchema() {
  const { rulesSchema } = await import('../policy/rule-schema.js');
  return z.strictObject({ rules: rulesSchema.optional() });
}

// ---

/** Loads the shell parser only when the file has rules. */
async function policyIn(path: string, policy: unknown): Promise<FileSettings['policy']> {
  const { problemOfRules } = await import('../policy/rule-schema.js');
  const parsed = (await policySchema()).safeParse(policy);
  if (parsed.success) return parsed.data;
  throw wrong(path, `policy ${problemOfRules(parsed.error)}`);
}

function wrong(path: string, problem: string): RookeryError {
  return new RookeryError('usage', `The config file ${path} is wrong: ${problem}`);
}
