/** `rookery approvals`: what needs the person: calls, questions, and tasks that wait for something else. */

import { visibleLine } from '../../domain/visible.js';
import type { Needs } from '../../manager/needs.js';
import { approvalJson, approvalLines, questionJson, questionLines } from '../approval-prompt.js';
import { connectManager } from '../connect.js';
import { EXIT, type ExitCode } from '../exit.js';
import { isUnused, openSession, type Session, type VerbOptions, type VerbSpec } from '../session.js';

export const spec: VerbSpec = {
  words: '[id]',
  help: 'Lists what needs you: calls with their exact arguments, questions, and tasks that wait for a key or a limit.',
  examples: ['rookery approvals', 'rookery approvals 3f2a91c4 --json'],
  run,
};

async function run([given]: string[], options: VerbOptions): Promise<ExitCode> {
  const session = await openSession(options);
  const { out } = session;
  const { approvals, questions, waiting } = isUnused(session) ? NOTHING : await needsOf(session, given);
  if (out.json) out.value({ approvals: approvals.map(approvalJson), questions: questions.map(questionJson), waiting });
  else if (approvals.length + questions.length + waiting.length === 0) out.info('Nothing needs you.');
  else {
    const { rememberable } = await import('../../worker/remember-rule.js');
    for (const one of approvals) out.lines(approvalLines(one, (await rememberable(one)).text));
    for (const one of questions) out.lines(questionLines(one));
    for (const { task, text, next } of waiting) out.lines([visibleLine(`${task}  ${text}`), `    ${next}`]);
  }
  return EXIT.done;
}

// ---

const NOTHING: Needs = { approvals: [], questions: [], waiting: [] };

async function needsOf(session: Session, given: string | undefined): Promise<Needs> {
  const { manager } = await connectManager(session);
  const { undecidedOf } = await import('../../manager/needs.js');
  return undecidedOf(await manager.needs(given === undefined ? undefined : await manager.resolveId(given)));
}
