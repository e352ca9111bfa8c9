/**
 * Calls that the workflow runs itself: hands one over, once for each run of the workflow, and records how it ended. For
 * an unsafe call the claim on disk decides: a run that a Reset made does not get it again.
 */
import { Context } from '@temporalio/activity';
import type { Call } from '../src/domain/conversation.js';
import type { Delegate, DelegateEnd } from '../src/domain/delegate.js';
import type { Observation } from '../src/domain/tool.js';
import type { Tool } from '../src/tools/tool.js';
import type { AdmittedTask } from './admission.js';
import { mayHaveRunBefore, type ReadyCall, unknownOutcome } from './at-most-once.js';
import { noteCall, noteResult, withOriginNotice } from './execute-tool.js';
import type { ActivityDeps } from './ports.js';

export type HandedOver =
  | { readonly kind: 'delegate'; readonly to: Delegate; readonly args: unknown; readonly run: string }
  | { readonly kind: 'ran'; readonly observation: Observation };

/** Resolves when the audit log, and for an unsafe call the claim, have it. */
export async function handOver(run: Omit<ReadyCall, 'live'>, to: Delegate): Promise<HandedOver> {
  const { deps, task, call, tool, args } = run;
  const runId = Context.current().info.workflowExecution?.runId ?? '';
  const handed: HandedOver = { kind: 'delegate', to, args, run: runId };
  if (tool.replay === 'safe') {
    const auditNote = noteCall(deps, task, run);
    if (tool.effect !== 'read') await auditNote;
    return handed;
  }
  const claim = await deps.claims.claim(task.id, call.id, () => noteCall(deps, task, run));
  if (claim.kind === 'finished') return { kind: 'ran', observation: claim.observation };
  // The result of an attempt that died did not reach the workflow: one result of them all does.
  if (claim.kind === 'delegated' && claim.run === runId) return handed;
  if (claim.kind === 'fresh' && !(run.inherited && (await mayHaveRunBefore()))) {
    await deps.claims.delegate(task.id, call.id, runId);
    return handed;
  }
  const observation = unknownOutcome(call, '');
  await deps.claims.finish(task.id, call.id, observation);
  return { kind: 'ran', observation };
}

interface EndedCall {
  readonly deps: ActivityDeps;
  readonly task: AdmittedTask;
  readonly call: Call;
  /** Undefined: this worker does not have it any more. */
  readonly tool: Tool | undefined;
}

/** What the model gets of the end: without keys, and with its origin where it is untrusted. */
export async function recordEnd({ deps, task, call, tool }: EndedCall, ended: DelegateEnd): Promise<Observation> {
  const { name, effect, replay, yields }: Pick<Tool, 'name' | 'effect' | 'replay' | 'yields'> = tool ?? {
    name: call.name,
    effect: 'network',
    replay: 'unsafe',
    yields: ['untrusted'],
  };
  const unsafe = replay === 'unsafe';
  const claim = unsafe ? await deps.claims.claim(task.id, call.id) : undefined;
  if (claim?.kind === 'finished') return claim.observation;
  const { outcome, content: text } = ended;
  const from = { name, yields: outcome === 'unknown' ? [] : yields };
  const content = withOriginNotice(deps, from, { content: text });
  const observation: Observation = { call: call.id, outcome, content };
  noteResult(deps, task, { call, tool: { name, effect } }, observation);
  if (unsafe) await deps.claims.finish(task.id, call.id, observation);
  return observation;
}
