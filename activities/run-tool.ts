/**
 * One call as an activity of its own. Before anything is touched, the policy of this worker is asked again, and where it asks
 * for a person, their decision is verified: one that is not theirs costs nothing and uses nothing up.
 */
import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { Decision } from '../src/domain/approval.js';
import { type Call, lastReply, type Message } from '../src/domain/conversation.js';
import type { RunToolInput, RunToolResult } from '../src/domain/protocol.js';
import type { Observation } from '../src/domain/tool.js';
import { beside } from './beside.js';
import type { ActivityDeps } from './deps.js';
import type { Admitted } from './door.js';
import { execute, labelsFor, prepare } from './execute.js';
import { interruption } from './failure.js';
import { hear } from './hear.js';
import { attended } from './heartbeat.js';
import { createOnceOnly, type Once, type OnceOnly } from './once-only.js';
import type { Shared } from './shared.js';

export function createRunTool(deps: ActivityDeps, shared: Shared) {
  const onceOnly = createOnceOnly();
  return async function runTool(input: RunToolInput, ...groups: Message[][]): Promise<RunToolResult> {
    return attended(deps, async (live) => {
      const heard = await hear(deps, shared, { input, groups });
      if (heard.kind !== 'heard') return heard;
      const { task, messages } = heard;
      const call = lastReply(messages)?.calls?.find(({ id }) => id === input.call);
      if (!call) throw ApplicationFailure.nonRetryable(`The last reply requests no call ${input.call}.`, 'NoSuchCall');
      const request: Request = { deps, task, call, input, messages, onceOnly };
      return beside(shared, { ...heard, record: input.record, live }, () => answer(request));
    });
  };
}

// ---

type Answer = Exclude<RunToolResult, { kind: 'needed' | 'elsewhere' }>;

interface Request {
  readonly deps: ActivityDeps;
  readonly task: Admitted;
  readonly call: Call;
  readonly input: RunToolInput;
  readonly messages: readonly Message[];
  readonly onceOnly: OnceOnly;
}

async function answer(request: Request): Promise<Answer> {
  const { deps, task, call, input, messages } = request;
  // A worker that has just started may not have the tools of its predecessor yet.
  if (!deps.tools.find(call.name)) await deps.tools.arrived(Context.current().cancellationSignal);
  const prepared = prepare(deps, task, { call, labels: labelsFor(deps, task, messages) });
  if (prepared.kind === 'refused') return { kind: 'ran', observation: prepared.observation };
  const { decision } = input;
  if (decision) {
    const problem = deps.verifier.problemOfDecision(task.id, decision, { ...call, chain: input.chain ?? '' });
    noteDecision(request, decision, problem);
    if (problem !== undefined) return { kind: 'decision_refused', id: String(decision.id), reason: problem };
    if (decision.decision === 'deny') return { kind: 'ran', observation: denied(call, decision) };
  } else if (prepared.kind === 'asks') {
    return { kind: 'ask', reason: prepared.reason };
  }
  const { tool, args } = prepared;
  const once: Once = { deps, task, call, tool, args };
  return { kind: 'ran', observation: tool.replay === 'unsafe' ? await request.onceOnly(once) : await runSafe(once) };
}

async function runSafe({ deps, task, ...execution }: Once): Promise<Observation> {
  const signal = Context.current().cancellationSignal;
  const observation = await execute(deps, task, { ...execution, signal });
  if (signal.aborted) throw interruption(undefined);
  return observation;
}

function denied(call: Call, { reason }: Decision): Observation {
  const why = reason === undefined || reason === '' ? '' : ` They say: ${reason}`;
  return { call: call.id, outcome: 'refused', content: `The person has denied this call.${why}` };
}

function noteDecision({ deps, task, call }: Request, { decision, id }: Decision, problem: string | undefined): void {
  const metadata = { call: call.id, tool: call.name, message: String(id).slice(0, 64) };
  if (problem !== undefined) {
    void deps.audit.note({ task: task.id, type: 'security_violation', description: problem, metadata });
    return;
  }
  const type = decision === 'approve' ? 'approval_granted' : 'approval_denied';
  void deps.audit.note({ task: task.id, type, description: `${call.name}: ${decision}`, metadata });
}
