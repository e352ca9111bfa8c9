/** Waits until a task ends, or waits for a person. */
import { isTerminal, needsPerson } from '../domain/task.js';
import type { TemporalClient } from '../server/temporal-client.js';
import { abortable, type ManagerContext, online, type VerbOutcome } from './context.js';
import { describe } from './describe-workflow.js';
import { isHeldByTemporal } from './open-workflow.js';
import { status } from './status.js';
import type { StatusObject } from './status-object.js';
import { isLeftToPerson } from './undecided.js';
import { memoPhase } from './workflow-state.js';

export interface WaitOptions {
  readonly signal?: AbortSignal;
  /** Keeps waiting while the task waits for a person. Default: false. */
  readonly keepWaiting?: boolean;
}

const POLL_MS = 1_000;

export async function wait(context: ManagerContext, id: string, options: WaitOptions = {}): Promise<VerbOutcome> {
  const before = await status(context, id);
  if (isTerminal(before.status)) return waitOutcomeOf(before);
  const { client } = online(context);
  const stop = new AbortController();
  const signals = [stop.signal, ...(options.signal ? [options.signal] : [])];
  try {
    await Promise.race([
      closed(client, id, AbortSignal.any(signals)),
      options.keepWaiting ? new Promise<never>(() => undefined) : waitsForPerson(client, id, AbortSignal.any(signals)),
      aborted(options.signal),
    ]);
  } finally {
    stop.abort();
  }
  return waitOutcomeOf(await status(context, id));
}

export function waitOutcomeOf({ id, status: state, error, detail }: StatusObject): VerbOutcome {
  const code = {
    Completed: undefined,
    Failed: 'failed',
    Cancelled: 'cancelled',
    Pending: 'pending',
    Running: detail.phase,
  }[state];
  const message = error ?? detail.reason ?? undefined;
  return { id, ok: state === 'Completed', status: state, ...(code ? { code } : {}), ...(message ? { message } : {}) };
}

// ---

/** Resolves at any end, over continue-as-new. A closed workflow may have been reset: its last run counts. */
async function closed(client: TemporalClient, id: string, signal: AbortSignal): Promise<void> {
  await abortable(client, signal, () => client.workflow.getHandle(id).result()).catch(() => undefined);
}

async function waitsForPerson(client: TemporalClient, id: string, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const poll = async (): Promise<void> => {
      const at = await describe(client, id).catch(() => undefined);
      if (!at) return;
      const phase = memoPhase(at.memo)?.phase;
      if (isHeldByTemporal(at) || (phase && needsPerson(phase) && (await isLeftToPerson(client, id, phase)))) resolve();
    };
    const timer = setInterval(() => void poll(), POLL_MS);
    signal.addEventListener('abort', () => clearInterval(timer));
    void poll();
  });
}

function aborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason));
  });
}
