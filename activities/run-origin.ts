/**
 * The origin of a run, read from the server: its first event tells whether it is a first run, continues another one, or
 * was made by a Reset. Decides nothing.
 */
import { Context } from '@temporalio/activity';
import { decodePayloads, type PayloadDecoder } from '../src/domain/decode-payloads.js';
import { runsQuery } from '../src/domain/visibility-queries.js';

export interface RunOrigin {
  /** False when a Reset made this run from another one. */
  readonly original: boolean;
  /** The run that this one continues as new; undefined when there is none. */
  readonly continues: string | undefined;
  /** MAC of the signature that the run was started with; undefined when it was unsigned. */
  readonly mac: string | undefined;
}

/** Reads the origin of runs of one workflow. */
export interface RunOrigins {
  /** @returns the origin; undefined when the server no longer has the run */
  of(workflowId: string, runId: string): Promise<RunOrigin | undefined>;
  /** Ids of all runs of this workflow id that the server knows. */
  runsOf(workflowId: string): Promise<readonly string[]>;
}

/** Uses the client of the running activity. */
export const serverOrigins: RunOrigins = {
  async of(workflowId, runId) {
    const { client } = Context.current();
    try {
      const page = await client.workflowService.getWorkflowExecutionHistory({
        namespace: client.options.namespace,
        execution: { workflowId, runId },
        maximumPageSize: 1,
      });
      const started = page.history?.events?.[0]?.workflowExecutionStartedEventAttributes;
      if (!started) return undefined;
      const payload = started.input?.payloads?.[0];
      return {
        original: started.originalExecutionRunId === runId,
        continues: started.continuedExecutionRunId || undefined,
        mac: payload ? macOf(await decoded(client.options.loadedDataConverter, payload)) : undefined,
      };
    } catch (error) {
      if ((error as { code?: number }).code === NOT_FOUND) return undefined;
      throw error;
    }
  },
  async runsOf(workflowId) {
    const runs: string[] = [];
    const query = runsQuery(workflowId);
    for await (const { runId } of Context.current().client.workflow.list({ query })) runs.push(runId);
    return runs;
  },
};

// ---

/** gRPC's NOT_FOUND. */
const NOT_FOUND = 5;

/** Empty for a start that another codec or converter wrote. */
function decoded<P>(decoder: PayloadDecoder<P>, payload: P): Promise<unknown[]> {
  return decodePayloads(decoder, [payload]).catch(() => []);
}

function macOf([input]: readonly unknown[]): string | undefined {
  const { signature } = Object(input) as { signature?: unknown };
  const { mac } = Object(signature) as { mac?: unknown };
  return typeof mac === 'string' ? mac : undefined;
}
