/**
 * Runs one call as a separate activity. First this worker's policy judges the call again, and where it asks for
 * approval, the decision is verified. A forged decision costs and consumes nothing.
 */
import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { RunToolInput, RunToolResult } from '../src/domain/activity-calls.js';
import { type Call, lastReply, type Message } from '../src/domain/conversation.js';
import { FIXED } from '../src/domain/limits.js';
import type { Decision } from '../src/domain/messages.js';
import type { Observation } from '../src/domain/tool.js';
import type { AdmittedTask } from './admission.js';
import { type AtMostOnce, createAtMostOnce, type ReadyCall } from './at-most-once.js';
import { handOver, recordEnd } from './delegate.js';
import { executeCall, labelsFor, type Prepared, prepare } from './execute-tool.js';
import { type HeartbeatState, withHeartbeat } from './heartbeat.js';
import { openTask } from './open-task.js';
import type { ActivityDeps } from './ports.js';
import type { Shared } from './shared.js';
import { SharedWork } from './shared-work.js';
import { hostReport } from './takeover.js';
import { withMirror } from './with-mirror.js';

export function createRunTool(deps: ActivityDeps, shared: Shared) {
  const onceOnly = createAtMostOnce();
  const safeCalls = new SharedWork<Observation>({ outlivesRun: false });
  return async function runTool(input: RunToolInput, ...groups: Message[][]): Promise<RunToolResult> {
    return withHeartbeat(deps, async (live) => {
      const opened = await openTask(deps, shared, { input, groups });
      if (opened.kind !== 'opened') return opened;
      const { task, messages } = opened;
      const call = lastReply(messages)?.calls?.find(({ id }) => id === input.call);
      if (!call) throw ApplicationFailure.nonRetryable(`The last reply requests no call ${input.call}.`, 'NoSuchCall');
      const request: Request = { deps, task, call, input, messages, live, onceOnly, safeCalls };
      const result = await withMirror(shared, { ...opened, record: input.record, live }, () => answer(request));
      return input.newHost ? { ...result, ...hostReport(deps) } : result;
    });
  };
}

// ---

/** A call that the policy does not refuse. */
type Open = Exclude<Prepared, { kind: 'refused' }>;

type Answer = Exclude<RunToolResult, { kind: 'needed' | 'elsewhere' }>;

interface Request {
  readonly deps: ActivityDeps;
  readonly task: AdmittedTask;
  readonly call: Call;
  readonly input: RunToolInput;
  readonly messages: readonly Message[];
  readonly live: HeartbeatState;
  readonly onceOnly: AtMostOnce;
  readonly safeCalls: SharedWork<Observation>;
}

async function answer(request: Request): Promise<Answer> {
  const { deps, task, call, input, messages, live } = request;
  if (input.ended) {
    const tool = deps.tools.find(call.name);
    return { kind: 'ran', observation: await recordEnd({ deps, task, call, tool }, input.ended) };
  }
  // A worker that has just started may not have the tools of its predecessor yet.
  if (!deps.tools.find(call.name)) await deps.tools.whenReady(Context.current().cancellationSignal);
  const prepared = await prepare(deps, task, { call, labels: labelsFor(deps, task, messages) });
  if (prepared.kind === 'refused') return { kind: 'ran', observation: prepared.observation };
  const decided = input.decision ? decisionOn(request, input.decision, prepared) : undecided(prepared);
  if (decided) return decided;
  const { tool, args } = prepared;
  const inherited = input.inherited === true;
  if (tool.delegate) return handOver({ deps, task, call, tool, args, inherited }, tool.delegate);
  const once: ReadyCall = {
    ...{ deps, task, call, tool, args, live, iteration: input.n },
    inherited,
    maxCommandMs: longestCommandOf(task),
  };
  const observation = tool.replay === 'unsafe' ? request.onceOnly(once) : runSafe(request.safeCalls, once);
  return { kind: 'ran', observation: await observation };
}

/** What the task allows, as far as this activity has the time: a workflow of the user may have given it less. */
function longestCommandOf({ limits }: AdmittedTask): number {
  const { startToCloseTimeoutMs } = Context.current().info;
  return Math.min(
    limits.max_command_ms,
    Math.max(startToCloseTimeoutMs / 2, startToCloseTimeoutMs - FIXED.commandMarginMs),
  );
}

/** What a call without a decision comes to; undefined: it may run. */
function undecided(prepared: Open): Answer | undefined {
  if (prepared.kind === 'ready') return undefined;
  return { kind: 'ask', reason: prepared.reason, ...(prepared.kind === 'question' ? { question: true } : {}) };
}

/** What the decision comes to; undefined: the call may run. */
function decisionOn(request: Request, decision: Decision, prepared: Open): Answer | undefined {
  const { deps, task, call, input } = request;
  const waiting = { ...call, chain: input.chain ?? '' };
  const problem = deps.verifier.problemOfDecision(task.id, decision, waiting) ?? mismatch(decision, prepared);
  noteDecision(request, decision, problem);
  if (problem !== undefined) return { kind: 'decision_refused', id: String(decision.id), reason: problem };
  const isQuestion = prepared.kind === 'question';
  switch (decision.decision) {
    case 'deny':
      return { kind: 'ran', observation: denied(call, decision, isQuestion) };
    case 'answer':
      return { kind: 'ran', observation: answered(call, deps.redact(decision.text ?? '')) };
    case 'judge':
      return undecided(prepared);
    default:
      return undefined;
  }
}

/** An answer to what is no question would be a result that no tool gave. */
function mismatch({ decision }: Decision, { kind }: Open): string | undefined {
  if (decision === 'answer' && kind !== 'question') return 'It is an answer, and this call asks nothing.';
  if (decision === 'approve' && kind === 'question') return 'This call asks a question: it needs an answer.';
  return undefined;
}

/** Running it twice would do no harm, but cost the time again. */
function runSafe(calls: SharedWork<Observation>, run: ReadyCall): Promise<Observation> {
  return calls.join({ slot: run.call.id, live: run.live }, async (signal) => {
    const observation = await executeCall(run.deps, run.task, { ...run, signal });
    signal.throwIfAborted();
    return observation;
  });
}

function denied(call: Call, { reason }: Decision, isQuestion: boolean): Observation {
  const why = reason === undefined || reason === '' ? '' : ` Reason: ${reason}`;
  const what = isQuestion ? 'The person does not answer this question.' : 'The person has denied this call.';
  return { call: call.id, outcome: 'refused', content: `${what}${why}` };
}

function answered(call: Call, text: string): Observation {
  return { call: call.id, outcome: 'ok', content: `[the person's answer]\n${text}` };
}

function noteDecision({ deps, task, call }: Request, { decision, id }: Decision, problem: string | undefined): void {
  const metadata = { call: call.id, tool: call.name, message: String(id).slice(0, 64) };
  if (problem !== undefined) {
    void deps.audit.note({ task: task.id, type: 'security_violation', description: problem, metadata });
    return;
  }
  const type = NOTED_AS[decision];
  void deps.audit.note({ task: task.id, type, description: `${call.name}: ${decision}`, metadata });
}

const NOTED_AS = {
  approve: 'approval_granted',
  answer: 'approval_granted',
  deny: 'approval_denied',
  judge: 'policy_decision',
} as const;
