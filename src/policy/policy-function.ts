/**
 * A policy of the user as a function. It is asked after the hard limits and before all rules; its answer counts as the
 * first rule that matches, so the rule of two, --yes and the limits of an unsigned start hold for it too. Fails closed:
 * what goes wrong in it refuses the call.
 */
import { unlessAborted } from '../domain/abort.js';
import { sentenceOf } from '../domain/errors.js';
import type { Effect, Label, Touches, Verdict } from '../domain/tool.js';
import type { Authority } from './allow.js';
import { judge, limitOf } from './judge.js';
import type { Policy, PolicyQuestion, Ruling } from './rule.js';

/** A call as a policy function sees it. */
export interface CallToJudge {
  /** Id of the task. */
  readonly task: string;
  readonly tool: string;
  readonly effect: Effect;
  /** As the model wrote them, and as a person is shown them. */
  readonly args: unknown;
  /** What the call would touch, as far as its tool can tell. */
  readonly touches: Touches;
  /** What has come into the conversation so far. */
  readonly labels: readonly Label[];
  /** Absolute path. */
  readonly workspace: string;
  readonly authority: Authority;
}

/** undefined: the rules and defaults decide. `reason`: for the model with `refuse`, for the person with `ask`. */
export type PolicyAnswer = Verdict | { readonly verdict: Verdict; readonly reason?: string } | undefined;

/**
 * Asked twice for a call: when the model has requested it, and again before it runs. An error, another answer, or none
 * within 5 s refuses the call.
 */
export type PolicyFunction = (call: CallToJudge) => PolicyAnswer | Promise<PolicyAnswer>;

export async function judgeWith(
  policyFunction: PolicyFunction | undefined,
  policy: Policy,
  { task, ...question }: PolicyQuestion & { readonly task: string },
): Promise<Ruling> {
  if (!policyFunction) return judge(policy, question);
  const limit = limitOf(question);
  if (limit) return limit;
  const { tool, args, touches, labels, workspace, authority } = question;
  const call = { task, tool: tool.name, effect: tool.effect, args, touches, labels, workspace, authority };
  const decided = await answerOf(policyFunction, call);
  return judge(policy, decided ? { ...question, decided } : question);
}

// ---

const ANSWER_MS = 5_000;
const REASON_LENGTH = 500;
const RULE = 'policy function';

async function answerOf(policyFunction: PolicyFunction, call: CallToJudge): Promise<Ruling | undefined> {
  try {
    // In an async function: a synchronous throw counts as a rejection. A copy: what it does to it must not change what runs.
    const asking = (async () => policyFunction(structuredClone(call)))();
    return rulingOf(await unlessAborted(asking, AbortSignal.timeout(ANSWER_MS)));
  } catch (error) {
    return refuse(`The policy function of this worker failed: ${sentenceOf(error)}`);
  }
}

function rulingOf(answer: unknown): Ruling | undefined {
  if (answer === undefined) return undefined;
  const { verdict, reason } = Object(typeof answer === 'string' ? { verdict: answer } : answer) as Record<
    string,
    unknown
  >;
  if (verdict !== 'run' && verdict !== 'ask' && verdict !== 'refuse') {
    return refuse('The policy function of this worker gave no verdict: run, ask, refuse or undefined');
  }
  const given = typeof reason === 'string' && reason !== '' ? reason : `The policy of this worker says ${verdict}.`;
  return { verdict, reason: given.slice(0, REASON_LENGTH), rule: RULE };
}

function refuse(problem: string): Ruling {
  return { verdict: 'refuse', reason: `${problem.slice(0, REASON_LENGTH)}.`, rule: `${RULE}, which failed` };
}
