/** Counts what passes through ports of the activities: requests to models, and notes of the audit log. */
import type { AuditNote, AuditPort } from '../../activities/ports.js';
import { RookeryError } from '../domain/errors.js';
import type { ModelChoice, ModelRequest, Models, Reply } from '../models/model.js';
import type { Metrics } from './metrics.js';

export function meteredModels(models: Models, metrics: Metrics): Models {
  return {
    available: () => models.available(),
    defaultModel: (provider) => models.defaultModel(provider),
    window: (choice) => models.window(choice),
    open(chain, trust) {
      const model = models.open(chain, trust);
      return { ask: (question) => timed(() => model.ask(question), { question, chain, metrics }) };
    },
  };
}

export function meteredAudit(audit: AuditPort, metrics: Metrics): AuditPort {
  return {
    note(event) {
      metrics.recordEvent(event.type, outcomeOf(event));
      return audit.note(event);
    },
  };
}

// ---

interface Asked {
  readonly question: ModelRequest;
  readonly chain: readonly ModelChoice[];
  readonly metrics: Metrics;
}

/** A failure counts for the first of the chain: which of the others failed, the error does not say. */
async function timed(ask: () => Promise<Reply>, { question, chain, metrics }: Asked): Promise<Reply> {
  const started = performance.now();
  const took = (): number => performance.now() - started;
  try {
    const reply = await ask();
    metrics.recordModelRequest({ provider: reply.provider, outcome: 'reply', ms: took(), usage: reply.usage });
    return reply;
  } catch (error) {
    const { code, rejected } = error instanceof RookeryError ? error : {};
    const outcome = question.signal.aborted ? 'aborted' : (code ?? 'error');
    const provider = chain[0]?.provider ?? 'none';
    metrics.recordModelRequest({ provider, outcome, ms: took(), ...(rejected && { usage: rejected.usage }) });
    throw error;
  }
}

/** Of these alone the description is one of few words. */
function outcomeOf({ type, description }: AuditNote): string {
  return type === 'tool_result' || type === 'agent_finish' ? description : '';
}
