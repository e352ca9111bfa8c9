/** Schema of `[notify]` in a settings file. A separate module, loaded only when there is a file. */
import { z } from 'zod';
import { NOTICE_TYPES } from '../domain/notice.js';

const variable = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'it is not the name of a variable');

const webhookSchema = z.strictObject({
  url: z.string().refine(isPlainUrl, 'it is not an http or https URL without a password'),
  secret_env: variable.optional(),
  secret_file: z.string().min(1).optional(),
});

export const notifySchema = z
  .object({
    command: z.array(z.string()).refine(([program = '']) => program !== '', 'it needs a program'),
    command_time: z.string(),
    webhook: webhookSchema,
    desktop: z.boolean(),
    bell: z.boolean(),
    events: z.array(z.enum(NOTICE_TYPES)),
    stalled_after: z.string(),
  })
  .partial()
  .strict();

// ---

function isPlainUrl(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
}
