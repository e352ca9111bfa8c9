/** Asks the person at the terminal what a task asks them: a key picks one of its choices, or they write the answer. */
import { shortId } from '../domain/task-id.js';
import type { VerbOutcome } from '../manager/context.js';
import type { BackgroundTaskManager } from '../manager/manager.js';
import type { WaitingQuestion } from '../manager/needs.js';
import { questionText } from './approval-prompt.js';
import { pressedKey } from './keys.js';
import type { Session } from './session.js';
import { untilText } from './until.js';

/** @returns what sends the answer; undefined when the person left without one. */
export async function answerAtTerminal(
  { out }: Session,
  manager: BackgroundTaskManager,
  question: WaitingQuestion,
): Promise<(() => Promise<VerbOutcome>) | undefined> {
  const { task, call, choices, expires } = question;
  const target = { id: task, call };
  const lines = [
    `Task ${shortId(task)} asks you (${untilText(expires)}):`,
    ...questionText(question).map((line) => `    ${line}`),
  ];
  const numbers = choices.map((_, n) => String(n + 1)).join('');
  const show = (): void => {
    for (const line of lines) out.info(line);
    const pick = numbers === '' ? [] : [`1 to ${numbers.at(-1)} = that choice`];
    out.info(`Your answer? ${[...pick, 't = write it', 'n = no answer', 'q = later'].join(' · ')}`);
  };
  const key = await pressedKey(`${numbers}tnq`, show);
  if (key === undefined || key === 'q') return undefined;
  const given = key === 't' ? await written() : choices[Number(key) - 1];
  if (key !== 'n' && given === undefined) return undefined;
  return async () => {
    const { approval: _, ...outcome } = await (given === undefined
      ? manager.decide(target, { decision: 'deny' })
      : manager.answer(target, given));
    return outcome;
  };
}

// ---

/** @returns undefined when the person gave none after all */
async function written(): Promise<string | undefined> {
  const { isCancel, text } = await import('@clack/prompts');
  const given = await text({ input: process.stdin, output: process.stderr, message: 'Your answer' });
  return isCancel(given) || (given ?? '').trim() === '' ? undefined : given;
}
