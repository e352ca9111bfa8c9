/**
 * A chain of models: the next one is asked when one cannot answer now. What every model would refuse (`bad_request`,
 * `context_overflow`), and an abort, is thrown at once; a model that is not found counts as a refused request.
 */
import { type ErrorCode, RookeryError } from '../domain/errors.js';
import { addUsage } from '../domain/task.js';
import type { Model, ModelRequest, Reply } from './model.js';

export function fallback(models: readonly Model[]): Model {
  const [only] = models;
  return models.length === 1 && only ? only : { ask: (question) => askInTurn(models, question) };
}

/** The error to report when all have failed: one that passes by waiting, so that the task tries again; else the first. */
export function mostUseful(errors: readonly RookeryError[]): RookeryError | undefined {
  return errors.find(({ code }) => PASSING.includes(code)) ?? errors[0];
}

// --- internal ---

const PASSING: readonly ErrorCode[] = ['rate_limit', 'unavailable', 'bad_reply'];
const NEXT: readonly ErrorCode[] = [...PASSING, 'auth', 'billing', 'missing_key'];

async function askInTurn(models: readonly Model[], question: ModelRequest): Promise<Reply> {
  const errors: RookeryError[] = [];
  for (const model of models) {
    try {
      return withRejected(await model.ask(question), errors);
    } catch (error) {
      if (!(error instanceof RookeryError) || !NEXT.includes(error.code)) throw error;
      errors.push(error);
    }
  }
  throw mostUseful(errors) ?? new RookeryError('usage', 'no model is named');
}

/** What the models before it said and was rejected is paid for too. */
function withRejected(reply: Reply, errors: readonly RookeryError[]): Reply {
  const rejected = errors.flatMap((error) => error.rejected ?? []);
  return { ...reply, usage: rejected.reduce((sum, { usage }) => addUsage(sum, usage), reply.usage) };
}
