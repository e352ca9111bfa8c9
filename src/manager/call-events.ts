/** The calls of an accepted reply as events: each with the decision of the policy, and the question that one of them asks. */
import type { Call } from '../domain/conversation.js';
import type { IterateResult } from '../domain/protocol.js';
import type { EventBody } from './event-bodies.js';

export function callEvents(
  iteration: number,
  { message, judged }: Pick<Extract<IterateResult, { kind: 'accepted' }>, 'message' | 'judged'>,
): EventBody[] {
  return (message.calls ?? []).flatMap((call): EventBody[] => {
    const { id, name, args } = call;
    // Calls that simply run inside the next iteration are not judged in the history.
    const { verdict = 'run', reason } = judged.find((one) => one.call === id) ?? {};
    const told = verdict === 'run' ? null : (reason ?? null);
    return [
      { type: 'call', iteration, call: id, tool: name, args, verdict, reason: told },
      ...(verdict === 'refuse' ? [] : questionOf(iteration, call)),
    ];
  });
}

// ---

/** The tool with which the model asks the person. */
const ASK_TOOL = 'ask_user';

function questionOf(iteration: number, { id, name, args }: Call): EventBody[] {
  if (name !== ASK_TOOL) return [];
  const { question, choices } = Object(args) as { question?: unknown; choices?: unknown };
  if (typeof question !== 'string') return [];
  const given = Array.isArray(choices) ? choices.filter((one) => typeof one === 'string') : [];
  return [{ type: 'question', iteration, call: id, question, choices: given.length > 0 ? given : null }];
}
