/**
 * Runs the inline calls of the last reply inside the iteration: safe, local, quick tools only, within one budget of time
 * and bytes. A call that does not fit is an observation that says so. Outcomes are kept for retries on this worker.
 */
import type { Call } from '../src/domain/conversation.js';
import { utf8Length } from '../src/domain/conversation.js';
import { FIXED } from '../src/domain/limits.js';
import type { Observation } from '../src/domain/tool.js';
import { type Deadline, deadline } from './deadline.js';
import type { ActivityDeps } from './deps.js';
import type { Admitted } from './door.js';
import { execute } from './execute.js';

const KEPT = 512;

export class InlineCalls {
  readonly #kept = new Map<string, Observation>();

  constructor(private readonly deps: ActivityDeps) {}

  async run(task: Admitted, calls: readonly Call[], signal: AbortSignal): Promise<Observation[]> {
    if (calls.length === 0) return [];
    const time = deadline(FIXED.inlineMs, signal);
    const results: Observation[] = [];
    let room: number = FIXED.inlineBytes;
    try {
      for (const call of calls) {
        const result = this.#kept.get(call.id) ?? (await this.#one(task, call, { time, room }));
        signal.throwIfAborted();
        this.#keep(result);
        results.push(result);
        room -= utf8Length(result.content);
      }
      return results;
    } finally {
      time.clear();
    }
  }

  async #one(task: Admitted, call: Call, budget: { readonly time: Deadline; readonly room: number }) {
    const tool = this.deps.tools.all.get(call.name);
    if (tool && tool.placement !== 'inline') return failed(call, `'${tool.name}' does not run here. Ask for it again.`);
    const late = `Not done: the quick tools of one iteration have ${FIXED.inlineMs / 1000} s together. Ask for fewer at a time.`;
    if (budget.time.passed) return failed(call, late);
    if (budget.room <= 0) return failed(call, 'Not done: the outputs of this iteration are full. Ask for it again.');
    const result = await execute(this.deps, task, { call, signal: budget.time.signal });
    return budget.time.passed ? failed(call, late) : result;
  }

  #keep(result: Observation): void {
    this.#kept.set(result.call, result);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= KEPT) break;
      this.#kept.delete(oldest);
    }
  }
}

function failed(call: Call, content: string): Observation {
  return { call: call.id, outcome: 'failed', content };
}
