/**
 * Verifies the signatures of what was sent to control a task. Needs the signing key and nothing of the task: it admits no
 * run, opens no conversation and touches no file.
 */
import { Context } from '@temporalio/activity';
import type { ControlMessage, VerifyControlInput, VerifyControlResult } from '../src/domain/control.js';
import { callingRunOf } from './calling-run.js';
import type { ActivityDeps } from './ports.js';

export function createVerifyControl({ verifier, trustedParents, audit }: ActivityDeps) {
  return async function verifyControl({ controls, chain }: VerifyControlInput): Promise<VerifyControlResult> {
    const { workflowId, runId } = callingRunOf(Context.current().info, trustedParents);
    const isValid = ({ signal, message }: ControlMessage): boolean =>
      (message.run === undefined || message.run === runId || message.run === chain) &&
      verifier.verifyMessage(workflowId, signal, message);
    const valid = controls.map(isValid);
    controls.forEach(({ signal, message }, n) => {
      if (valid[n]) return;
      const description = `a signal '${signal}' without a valid signature was refused`;
      const metadata = { message: String(message.id).slice(0, 64) };
      void audit.note({ task: workflowId, type: 'security_violation', description, metadata });
    });
    return { kind: 'verified', valid };
  };
}
