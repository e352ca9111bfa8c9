/** The calls of an accepted reply as events: each with the decision of the policy, and the question that one of them asks. */

import type { IterateResult } from '../domain/activity-calls.js';
import type { Call } from '../domain/conversation.js';
import { askedIn } from './asked-question.js';
import type { EventBody, QuestionEvent } from './event-bodies.js';

export function callEvents(
  iteration: number,
  { message, judged }: Pick<Extract<IterateResult, { kind: 'accepted' }>, 'message' | 'judged'>,
): EventBody[] {
  return (message.calls ?? []).flatMap((call): EventBody[] => {
    const { id, name, args } = call;
    // Calls that simply run inside the next iteration are not judged in the history.
    const { verdict = 'run', reason = null, question = false } = judged.find((one) => one.call === id) ?? {};
    const told = verdict === 'run' ? null : reason;
    const event = { type: 'call', iteration, call: id, tool: name, args, verdict, reason: told } as const;
    return question && verdict === 'ask' ? [event, questionOf(iteration, call, told)] : [event];
  });
}

// ---

function questionOf(iteration: number, { id, args }: Call, reason: string | null): QuestionEvent {
  const { question = reason ?? '', choices } = askedIn(args);
  return { type: 'question', iteration, call: id, question, choices: choices.length > 0 ? choices : null };
}
