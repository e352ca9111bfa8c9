/**
 * The runs of a task in their order. Continue-as-new names the next run itself; a Reset, a retry and a new start make a
 * later run of the same workflow id, which tells what it continues.
 */
import { toContinues } from '../domain/continues.js';
import type { TemporalClient } from '../server/temporal-client.js';
import { describe } from './describe-workflow.js';
import { inputOf, startedEvent } from './workflow-start.js';

/** The first run whose history is still there. */
export async function firstRunOf(client: TemporalClient, id: string, runId: string): Promise<string> {
  let first = await firstOfChain(client, id, runId);
  for (;;) {
    const before = await runBefore(client, id, first);
    const earlier = before && (await firstOfChain(client, id, before).catch(() => undefined));
    if (!earlier || earlier === first) return first;
    first = earlier;
  }
}

/**
 * @returns the first run of the chain that came after this run, which may have continued as new since; undefined when
 * there is none
 */
export async function laterRun(client: TemporalClient, id: string, runId: string): Promise<string | undefined> {
  const at = await describe(client, id);
  if (!at || at.runId === runId) return undefined;
  let last = at.runId;
  for (;;) {
    const { first, isReset } = await firstSince(client, { id, last, known: runId });
    const before = isReset ? undefined : await runBefore(client, id, first);
    if (before === undefined || before === runId || !(await describe(client, id, before))) return first;
    last = before;
  }
}

// ---

interface Stretch {
  readonly id: string;
  readonly last: string;
  readonly known: string;
}

/** Back over continue-as-new, to a run that was started, that a Reset made, or that follows the known one. */
async function firstSince(
  client: TemporalClient,
  { id, last, known }: Stretch,
): Promise<{ readonly first: string; readonly isReset: boolean }> {
  let first = last;
  for (;;) {
    const started = await startedEvent(client, { workflowId: id, runId: first });
    const { continuedExecutionRunId: before, originalExecutionRunId: original } = started ?? {};
    const isReset = Boolean(original) && original !== first;
    if (isReset || !before || before === known) return { first, isReset };
    first = before;
  }
}

/** Of runs that continued as new, or that a Reset made. */
async function firstOfChain(client: TemporalClient, id: string, runId: string): Promise<string> {
  const at = await describe(client, id, runId);
  return at?.raw.workflowExecutionInfo?.firstRunId ?? runId;
}

/** The run that had ended when this one was started to continue it. */
async function runBefore(client: TemporalClient, id: string, runId: string): Promise<string | undefined> {
  const input = await inputOf(client, { workflowId: id, runId });
  const { kind, from } = toContinues(input?.continues) ?? {};
  return kind === 'send' || kind === 'retry' ? from?.run : undefined;
}
