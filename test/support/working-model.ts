/**
 * The model of the long runs: it works with an unsafe tool whose effect can be counted, reads in between, and then answers.
 * Each reply is told from all others by its text and by the ids of its calls.
 */
import { ledgerCall } from './ledger.js';
import { type LlmRequest, repliesIn, type ScriptCall, type ScriptReply } from './llm-server.js';
import type { Chance } from './random.js';

export interface WorkingModel {
  /** Accepted replies of a task, the answer included. */
  readonly iterations: number;
  readonly chance: Chance;
  /** How long an unsafe call takes. */
  readonly toolMs: number;
}

/** A file of the workspace that exists while the call runs, and after a call that was killed. */
export function markerOf(call: string): string {
  return `running-${call}`;
}

/** What a call prints when it has run to its end: it is in the observation, and so in the files of the task. */
export function endOf(call: string): string {
  return `end-of-${call}.`;
}

export function workingModel({ iterations, chance, toolMs }: WorkingModel): (request: LlmRequest) => ScriptReply {
  let serial = 0;
  const write = (id: string): ScriptCall => ({
    id,
    ...ledgerCall(id, `touch ${markerOf(id)}; sleep ${toolMs / 1_000}; rm ${markerOf(id)}; echo ${endOf(id)}`),
  });
  // Another limit each time: a model that makes the same call again and again would be told so.
  const list = (id: string, n: number): ScriptCall => ({ id, name: 'list_files', args: { limit: 100 + n } });
  return ({ messages }) => {
    const n = repliesIn(messages);
    const reply = serial++;
    const delayMs = 10 + chance.below(40);
    if (n >= iterations - 1) return { content: `reply ${reply}: done`, delayMs };
    const id = (i: number): string => `r${reply}_${i}`;
    const calls = chance.pick([
      () => [write(id(0))],
      () => [write(id(0)), list(id(1), n)],
      () => [list(id(0), n)],
      () => [list(id(0), n)],
      () => [write(id(0)), write(id(1))],
    ])();
    return { content: `reply ${reply}`, delayMs, calls };
  };
}
