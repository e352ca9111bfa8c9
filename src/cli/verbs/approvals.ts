/** `rookery approvals`: every call that needs approval, with its exact arguments. */

import type { WaitingApproval } from '../../manager/approvals.js';
import { approvalJson, approvalLines } from '../approval-prompt.js';
import { connectManager } from '../connect.js';
import { EXIT, type ExitCode } from '../exit.js';
import { isUnused, openSession, type Session, type VerbOptions, type VerbSpec } from '../session.js';

export const spec: VerbSpec = {
  words: '[id]',
  help: 'Lists the calls that need approval, each with its exact arguments.',
  examples: ['rookery approvals'],
  run,
};

async function run([given]: string[], options: VerbOptions): Promise<ExitCode> {
  const session = await openSession(options);
  const { out } = session;
  const waiting = isUnused(session) ? [] : await waitingCalls(session, given);
  if (out.json) out.value({ approvals: waiting.map(approvalJson) });
  else if (waiting.length === 0) out.info('No call needs approval.');
  else {
    const { rememberable } = await import('../../worker/remember-rule.js');
    for (const one of waiting) out.lines(approvalLines(one, (await rememberable(one)).text));
  }
  return EXIT.done;
}

// ---

async function waitingCalls(session: Session, given: string | undefined): Promise<WaitingApproval[]> {
  const { manager } = await connectManager(session);
  return manager.approvals(given === undefined ? undefined : await manager.resolveId(given));
}
