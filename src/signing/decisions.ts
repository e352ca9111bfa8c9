/**
 * Binds a person's decision to what they were shown, and verifies that it still applies. The signature says who
 * decided; this says about what: the task, the call, its arguments, the chain of runs, the time.
 */
import { createHash, randomUUID } from 'node:crypto';
import { canonical } from '../domain/canonical-json.js';
import { type Approval, type Decision, MAX_REASON } from '../domain/messages.js';
import { SIGNALS } from '../domain/protocol.js';
import type { Signer, Verifier } from './signature.js';

/** A person's decision on a call that waits, or the answer to a question. */
export interface PersonDecision {
  readonly decision: Decision['decision'];
  /** Shown to the model, with `deny`; at most 2,000 characters. */
  readonly reason?: string | undefined;
  /** With `answer`: at most 64 KiB of UTF-8. */
  readonly text?: string | undefined;
}

/**
 * The message that answers an approval, for the signal `decide`: `approval` as the query `approvals` gave it, because
 * its arguments are what is approved. Unsigned; a client with the plugin signs it. Throws
 * nothing.
 */
export function decisionOn(approval: Approval, answer: PersonDecision): Decision {
  const { call, tool, args, chain, expires } = approval;
  return {
    id: randomUUID(),
    call,
    decision: answer.decision,
    args: hashOfCall({ name: tool, args }),
    chain,
    expires,
    ...(answer.reason ? { reason: answer.reason.slice(0, MAX_REASON) } : {}),
    ...(answer.text === undefined ? {} : { text: answer.text }),
  };
}

export function signDecision(signer: Signer, workflowId: string, approval: Approval, answer: PersonDecision): Decision {
  return signer.signMessage(workflowId, SIGNALS.decide, decisionOn(approval, answer));
}

/** A call as the conversation has it, and the chain of runs that it waits in. */
export interface WaitingCall {
  readonly id: string;
  readonly name: string;
  readonly args: unknown;
  readonly chain: string;
}

/**
 * @returns why the decision does not count; undefined when it counts. No field is trusted before the signature is
 * verified.
 */
export function problemOfDecision(
  verifier: Verifier,
  { workflowId, now }: { readonly workflowId: string; readonly now: number },
  decision: Decision,
  waiting: WaitingCall,
): string | undefined {
  if (!verifier.verifyMessage(workflowId, SIGNALS.decide, decision)) return 'The decision has no valid signature.';
  if (decision.call !== waiting.id) return 'The decision is about another call.';
  if (decision.args !== hashOfCall(waiting)) return 'The decision is about other arguments.';
  if (decision.chain === '' || decision.chain !== waiting.chain)
    return 'The decision is about another run of this task.';
  if (!(decision.expires > now)) return 'The decision came after its time.';
  return undefined;
}

// ---

function hashOfCall({ name, args }: { readonly name: string; readonly args: unknown }): string {
  return createHash('sha256')
    .update(canonical([name, args]))
    .digest('hex');
}
