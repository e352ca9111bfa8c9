/** `rookery approve`: approves waiting calls, as they were shown; at a terminal without ids it goes through them. */
import { Option } from 'commander';
import { RookeryError } from '../../domain/errors.js';
import type { BackgroundTaskManager } from '../../manager/manager.js';
import { canPrompt, sendDecision } from '../approval-prompt.js';
import { connectManager } from '../connect.js';
import { EXIT, type ExitCode } from '../exit.js';
import { printResults } from '../results.js';
import { openSession, type Session, type VerbOptions, type VerbSpec } from '../session.js';
import { ALL_CALLS_OPTION, forEachCall } from '../waiting-targets.js';

export const spec: VerbSpec = {
  words: '[words...]',
  help:
    'ID [CALL]: approves a call of a task. The call may be omitted when only one is waiting. Several ids are possible.\n' +
    'Without an id, at a terminal: shows one after the other what needs you, and asks.',
  options: [
    ALL_CALLS_OPTION,
    new Option('--always', 'also remember a rule that allows the same call in future'),
    new Option('--any-arguments', 'with --always: with any arguments; for MCP tools and user tools'),
  ],
  examples: ['rookery approve', 'rookery approve 3f2a91c4', 'rookery approve 3f2a91c4 8d1c --always'],
  run,
};

async function run(words: string[], options: VerbOptions): Promise<ExitCode> {
  const anyArguments = options.anyArguments === true;
  if (anyArguments && options.always !== true) {
    throw new RookeryError('usage', '--any-arguments requires --always', {
      hint: 'Add --always, or omit --any-arguments',
    });
  }
  const always = options.always === true ? (anyArguments ? 'any' : 'same') : undefined;
  const session = await openSession(options);
  const { manager } = await connectManager(session);
  const all = options.all === true;
  if (words.length === 0 && !all && canPrompt(session)) return goThrough(session, manager);
  const results = await forEachCall(manager, { words, all }, (waiting) =>
    sendDecision(session, manager, waiting, { decision: 'approve', always }),
  );
  return printResults(session.out, results);
}

/** @returns 4 when something was left undecided */
async function goThrough(session: Session, manager: BackgroundTaskManager): Promise<ExitCode> {
  const { walkThrough } = await import('../walk-through.js');
  const { undecidedOf } = await import('../../manager/needs.js');
  const needs = undecidedOf(await manager.needs());
  if (needs.approvals.length + needs.questions.length === 0) session.out.info('No call needs you.');
  const { results, isComplete } = await walkThrough(session, manager, needs);
  const code = printResults(session.out, results);
  return code === EXIT.done && !isComplete ? EXIT.person : code;
}
