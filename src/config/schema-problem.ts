/** What a failed parse of a schema says to a person. */
import type { z } from 'zod';

/** One sentence about a failed parse: where, and what is wrong there. */
export function problemOf(error: z.ZodError): string {
  return error.issues
    .slice(0, 3)
    .map((issue) => `${issue.path.length > 0 ? `'${issue.path.join('.')}': ` : ''}${issue.message}`)
    .join('; ');
}
