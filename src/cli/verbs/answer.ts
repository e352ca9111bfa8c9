/** `rookery answer`: answers a question of a task; at a terminal without a text it asks for the answer. */
import { RookeryError } from '../../domain/errors.js';
import type { BackgroundTaskManager } from '../../manager/manager.js';
import type { WaitingQuestion } from '../../manager/needs.js';
import { canPrompt } from '../approval-prompt.js';
import { connectManager } from '../connect.js';
import { EXIT, type ExitCode } from '../exit.js';
import { forEachId, printResults } from '../results.js';
import { openSession, type Session, type VerbOptions, type VerbSpec } from '../session.js';
import { fromWords } from '../task-input.js';

export const spec: VerbSpec = {
  words: '<id> [words...]',
  help:
    'ID [QUESTION] TEXT: answers a question of a task; the number of a choice stands for it, - reads the text from stdin.\n' +
    'The question may be omitted when only one is waiting. Without a text, at a terminal: asks for it.',
  examples: ['rookery answer 3f2a91c4 "Use the staging database"', 'rookery answer 3f2a91c4 8d1c 2'],
  run,
};

async function run([given = '', ...words]: string[], options: VerbOptions): Promise<ExitCode> {
  const session = await openSession(options);
  const { manager } = await connectManager(session);
  if (words.length === 0 && canPrompt(session)) return atTerminal(session, manager, given);
  const results = await forEachId(manager, [given], async (id) => {
    const { questions } = await manager.needs(id);
    const isNamed = isQuestion(questions, words);
    const call = isNamed ? words[0] : undefined;
    const { selectWaiting } = await import('../../manager/approvals.js');
    const question = selectWaiting({ id, call }, questions, 'answer') as WaitingQuestion;
    const { chosenAnswer } = await import('../../manager/needs.js');
    const text = chosenAnswer(question, await readAnswer(isNamed ? words.slice(1) : words, options));
    const { approval: _, ...outcome } = await manager.answer({ id, call: question.call }, text);
    return outcome;
  });
  return printResults(session.out, results);
}

// ---

/** The first of several words names a question where one of that id waits. */
function isQuestion(questions: readonly WaitingQuestion[], [first = '', ...rest]: readonly string[]): boolean {
  return rest.length > 0 && first.length >= SHORTEST_CALL && questions.some(({ call }) => call.startsWith(first));
}

const SHORTEST_CALL = 4;

async function readAnswer(words: readonly string[], { literal }: VerbOptions): Promise<string> {
  const text = await fromWords(words, literal);
  if (text.trim() !== '') return text.trim();
  throw new RookeryError('usage', 'The answer is empty', { hint: 'Give it as words, or as - from stdin' });
}

async function atTerminal(session: Session, manager: BackgroundTaskManager, given: string): Promise<ExitCode> {
  const { walkThrough } = await import('../walk-through.js');
  const { questions } = await manager.needs(await manager.resolveId(given));
  if (questions.length === 0) throw new RookeryError('wrong_status', `Task '${given}' has no question that waits`);
  const { results, isComplete } = await walkThrough(session, manager, { approvals: [], questions });
  const code = printResults(session.out, results);
  return code === EXIT.done && !isComplete ? EXIT.person : code;
}
