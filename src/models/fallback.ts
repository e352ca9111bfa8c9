/**
 * A chain of models: the next one is asked when one cannot answer, be it now or ever (a refused request: an unknown or
 * retired model, a parameter that it does not take). A conversation that is too long is thrown at once, because the
 * caller can shorten it; so is an abort.
 */
import { type ErrorCode, RookeryError } from '../domain/errors.js';
import { addUsage } from '../domain/task.js';
import type { Model, ModelRequest, Reply } from './model.js';

export function fallback(models: readonly Model[]): Model {
  const [only] = models;
  return models.length === 1 && only ? only : { ask: (question) => askInTurn(models, question) };
}

/**
 * The error to report when all have failed: one that passes by waiting, the soonest, so that the task tries again; else
 * one that a person can cure, so that the task waits; else the first.
 */
export function mostUseful(errors: readonly RookeryError[]): RookeryError | undefined {
  const wait = ({ retryAfterMs = 0 }: RookeryError): number => retryAfterMs;
  const soonest = errors.filter(({ code }) => PASSING.includes(code)).sort((a, b) => wait(a) - wait(b))[0];
  return soonest ?? errors.find(({ code }) => CURABLE.includes(code)) ?? errors[0];
}

// --- internal ---

const PASSING: readonly ErrorCode[] = ['rate_limit', 'unavailable', 'bad_reply'];
const CURABLE: readonly ErrorCode[] = ['auth', 'billing', 'missing_key', 'environment'];
const NEXT: readonly ErrorCode[] = [...PASSING, ...CURABLE, 'bad_request'];

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
