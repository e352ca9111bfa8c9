/**
 * Schemas that parse input at the entry points. The only file of the domain that uses zod; the workflow sandbox never
 * imports it.
 */
import { z } from 'zod';
import { problemOfJson } from './json-text.js';
import { HOST_NAME, type TaskInput } from './protocol.js';
import { EFFORTS, PROVIDER_NAMES } from './provider.js';

const count = z.number().int().positive();

export const limitsSchema = z
  .object({
    max_iterations: count.max(100_000),
    max_total_tokens: count,
    max_output_tokens: count.max(1_000_000),
    max_time_ms: count.nullable(),
    max_cost_usd: z.number().positive().nullable(),
  })
  .partial()
  .strict();

const signatureSchema = z
  .object({
    scope: z.string().min(1),
    mac: z.string().regex(/^[0-9a-f]{64}$/),
    nonce: z.string().min(1).max(64).optional(),
    signed_at: z.string().min(1).max(64).optional(),
  })
  .strict();
const choiceSchema = z.object({ provider: z.enum(PROVIDER_NAMES), model: z.string().min(1) }).strict();

const partSchema = z.union([z.object({ text: z.string() }), z.object({ image_url: z.object({ url: z.string() }) })]);
const adoptedSchema = z
  .object({
    iterations: z.number().int().nonnegative(),
    messages: z
      .array(
        z.union([
          z.object({ role: z.enum(['system', 'assistant']), content: z.string() }).strict(),
          z.object({ role: z.literal('user'), content: z.string(), parts: z.array(partSchema).optional() }).strict(),
        ]),
      )
      .min(1),
  })
  .strict();

const jsonText = z.string().superRefine((text, context) => {
  const problem = problemOfJson(text);
  if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
});

/** The workflow's input. Unknown fields are refused: a misspelt limit would otherwise be no limit. */
export const taskInputSchema = z
  .object({
    prompt: z.string().refine((text) => text.trim() !== '', 'the prompt is empty'),
    system_prompt: z.string(),
    provider: z.enum(PROVIDER_NAMES, { error: ({ input }) => `there is no provider '${String(input).slice(0, 60)}'` }),
    model: z.string().min(1),
    endpoint: z.url(),
    endpoint_origin: z.enum(['user', 'project']),
    fallback: z.array(choiceSchema).max(16),
    effort: z.union([z.enum(EFFORTS), count.max(1_000_000)]),
    limits: limitsSchema,
    allow: z.array(z.string()).max(64),
    yes: z.boolean(),
    policy: z.array(z.record(z.string(), z.unknown())).max(200),
    workspace: z.string().startsWith('/'),
    host: z.string().regex(HOST_NAME),
    created_at: z.string().max(64),
    adopted: adoptedSchema,
    extra: z.array(z.tuple([z.string(), jsonText])),
    signature: signatureSchema,
  })
  .partial()
  .required({ prompt: true })
  .strict() satisfies z.ZodType<TaskInput>;

/** One sentence about a failed parse: where, and what is wrong there. */
export function problemOf(error: z.ZodError): string {
  return error.issues
    .slice(0, 3)
    .map((issue) => `${issue.path.length > 0 ? `'${issue.path.join('.')}': ` : ''}${issue.message}`)
    .join('; ');
}
