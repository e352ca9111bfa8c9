/**
 * Runs the inline calls of the last reply inside the iteration: only safe, local, quick tools, within one budget of
 * time and bytes. A call that does not fit gets an observation that says so. Outcomes are kept for retries on this
 * worker.
 */
import { type Call, type Message, openCalls, utf8Length } from '../src/domain/conversation.js';
import { FIXED } from '../src/domain/limits.js';
import type { Label, Observation } from '../src/domain/tool.js';
import type { AdmittedTask } from './admission.js';
import { type Deadline, deadline } from './deadline.js';
import { executeCall, labelsFor, prepare } from './execute-tool.js';
import type { ActivityDeps } from './ports.js';

const MAX_RESULTS = 512;

interface Budget {
  readonly time: Deadline;
  /** Bytes left for outputs. */
  readonly bytesLeft: number;
  readonly labels: readonly Label[];
}

export class InlineCalls {
  readonly #results = new Map<string, Observation>();

  constructor(private readonly deps: ActivityDeps) {}

  async run(task: AdmittedTask, messages: readonly Message[], signal: AbortSignal): Promise<Observation[]> {
    const calls = openCalls(messages);
    if (calls.length === 0) return [];
    const labels = labelsFor(this.deps, task, messages);
    const time = deadline(FIXED.inlineMs, signal);
    const results: Observation[] = [];
    let bytesLeft: number = FIXED.inlineBytes;
    try {
      for (const call of calls) {
        const result = this.#results.get(call.id) ?? (await this.#runCall(task, call, { time, bytesLeft, labels }));
        signal.throwIfAborted();
        this.#storeResult(result);
        results.push(result);
        bytesLeft -= utf8Length(result.content);
      }
      return results;
    } finally {
      time.clear();
    }
  }

  async #runCall(task: AdmittedTask, call: Call, { time, bytesLeft, labels }: Budget): Promise<Observation> {
    const prepared = await prepare(this.deps, task, { call, labels });
    if (prepared.kind === 'refused') return prepared.observation;
    // The policy has changed since the reply was judged.
    if (prepared.kind !== 'ready') return failed(call, 'This call now needs approval. Request it again.');
    const { tool, args } = prepared;
    if (tool.placement !== 'inline') return failed(call, `'${tool.name}' does not run here. Request it again.`);
    const timeMessage = `Not done: the quick tools of one iteration have ${FIXED.inlineMs / 1000} s together. Request fewer at a time.`;
    if (time.passed) return failed(call, timeMessage);
    if (bytesLeft <= 0)
      return failed(call, 'Not done: the outputs of this iteration have reached their limit. Request it again.');
    const result = await executeCall(this.deps, task, { call, tool, args, signal: time.signal });
    return time.passed ? failed(call, timeMessage) : result;
  }

  #storeResult(result: Observation): void {
    this.#results.set(result.call, result);
    for (const oldest of this.#results.keys()) {
      if (this.#results.size <= MAX_RESULTS) break;
      this.#results.delete(oldest);
    }
  }
}

function failed(call: Call, content: string): Observation {
  return { call: call.id, outcome: 'failed', content };
}
