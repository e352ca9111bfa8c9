/**
 * Renders the history of one run as the events of `follow`. A cursor names each event, so that every reader gets each
 * exactly once.
 */
import { type AssistantMessage, type Call, lastReply, type Message } from '../domain/conversation.js';
import { type KnownCost, knownCost } from '../domain/cost.js';
import { type Finish, finishOf } from '../domain/finish.js';
import {
  type IterateInput,
  type IterateResult,
  MEMO_PHASE,
  type RunToolResult,
  type TaskInput,
  WORKFLOW_TYPE,
} from '../domain/protocol.js';
import { needsPerson, type Usage } from '../domain/task.js';
import { timestampOf } from '../domain/timestamp.js';
import type { Observation } from '../domain/tool.js';
import { activityNameOf } from '../domain/worker-names.js';
import { valueOfPayload } from '../server/json-payloads.js';
import { carriedAgentIn, isSignedAgent } from './agent-arguments.js';
import { type HistoryEvent, type Payloads, type Started, values } from './history.js';

/** The content of an event, besides `cursor` and `time`. */
export type EventBody =
  | { readonly type: 'submitted'; readonly id: string; readonly prompt: string }
  | {
      readonly type: 'iteration';
      readonly iteration: number;
      readonly provider: string;
      readonly model: string;
      readonly content: string;
      readonly calls: number;
      /** How the reply ended. */
      readonly finish: Finish;
      /** The reply is a summary that replaces so many of the oldest replies. Absent: it is none. */
      readonly compacted?: number;
      /** How the answer does not match the schema of the task. Absent: it matches, or there is none. */
      readonly invalid?: string;
      readonly usage: Usage;
      /** Null: not known. */
      readonly cost: KnownCost | null;
    }
  | {
      readonly type: 'call';
      readonly iteration: number;
      readonly call: string;
      readonly tool: string;
      readonly args: unknown;
    }
  | {
      readonly type: 'result';
      readonly iteration: number;
      readonly call: string;
      readonly tool: string;
      readonly outcome: string;
      readonly content: string;
    }
  /** A message of a person was delivered with this iteration. `message`: its id. */
  | { readonly type: 'message'; readonly iteration: number; readonly message: string; readonly text: string }
  | { readonly type: 'waiting'; readonly phase: string; readonly reason: string | null }
  | { readonly type: 'rewound'; readonly iteration: number }
  /** The task goes on after its end, in a new run. `text`: what the person said; null for a retry. */
  | { readonly type: 'retry'; readonly iteration: number; readonly text: string | null }
  /** The task has the conversation of another one, up to and with this iteration of it. */
  | { readonly type: 'fork'; readonly iteration: number; readonly from: string };

export type TaskEvent = EventBody & { readonly cursor: string; readonly time: string };

export class RunEvents {
  readonly #scheduled = new Map<string, { type: string; input: Payloads }>();
  readonly #calls = new Map<string, { call: Call; iteration: number }>();
  #iteration = 0;

  constructor(
    private readonly id: string,
    private readonly runId: string,
  ) {}

  /** Accepted replies so far. */
  get iteration(): number {
    return this.#iteration;
  }

  render(event: HistoryEvent): TaskEvent[] {
    return this.#bodies(event).map((body, n) => ({
      cursor: `${this.runId}:${event.eventId}.${n}`,
      time: timeOf(event),
      ...body,
    }));
  }

  #bodies(event: HistoryEvent): EventBody[] {
    if (event.workflowExecutionStartedEventAttributes)
      return this.#started(event.workflowExecutionStartedEventAttributes);
    const scheduled = event.activityTaskScheduledEventAttributes;
    if (scheduled) {
      const { activityType, input } = scheduled;
      this.#scheduled.set(String(event.eventId), { type: activityNameOf(activityType?.name), input });
      return [];
    }
    const completed = event.activityTaskCompletedEventAttributes;
    if (completed) return this.#completed(String(completed.scheduledEventId), completed.result);
    const memo = event.workflowPropertiesModifiedEventAttributes?.upsertedMemo?.fields?.[MEMO_PHASE];
    return memo ? waitingOf(valueOfPayload(memo) as MemoState) : [];
  }

  #started({ input, workflowType, continuedExecutionRunId }: Started): EventBody[] {
    const given = values(input);
    const args = workflowType?.name === WORKFLOW_TYPE ? given : carriedAgentIn(given, this.id);
    // A workflow of the user begins its agent later, with a task that its worker signs.
    if (!args) return [];
    const [task, carried, ...groups] = args as [
      TaskInput,
      { record?: { iterations: number } } | undefined,
      ...Message[][],
    ];
    if (!continuedExecutionRunId) return this.#begun(task);
    this.#iteration = carried?.record?.iterations ?? 0;
    const reply = lastReply(groups.flat());
    if (reply) this.#know(reply);
    return [];
  }

  #begun(task: TaskInput | undefined): EventBody[] {
    const { kind, from, messages = [], iterations = 0 } = task?.continues ?? {};
    this.#iteration = iterations;
    const reply = lastReply(messages);
    if (reply) this.#know(reply);
    if (kind === 'fork') return [this.#submitted(task), { type: 'fork', iteration: iterations, from: from?.id ?? '' }];
    if (kind !== 'send' && kind !== 'retry') return [this.#submitted(task)];
    const text = kind === 'send' ? (messages.at(-1)?.content ?? '') : null;
    return [{ type: 'retry', iteration: iterations, text }];
  }

  #completed(scheduledId: string, result: Payloads): EventBody[] {
    const scheduled = this.#scheduled.get(scheduledId);
    this.#scheduled.delete(scheduledId);
    if (scheduled?.type === 'iterate') return this.#iterated(scheduled.input, values(result)[0] as IterateResult);
    const [value] = values(result);
    if (isSignedAgent(value, this.id)) return [this.#submitted(value as TaskInput)];
    if (scheduled?.type !== 'runTool') return [];
    const ran = value as RunToolResult;
    return ran.kind === 'ran' ? [this.#result(ran.observation)] : [];
  }

  #submitted(task: TaskInput | undefined): EventBody {
    return { type: 'submitted', id: this.id, prompt: task?.prompt ?? '' };
  }

  #iterated(input: Payloads, result: IterateResult): EventBody[] {
    if (result.kind !== 'accepted') return [];
    const [{ n, whole = 0 }, ...groups] = values(input) as [IterateInput, ...Message[][]];
    const said = groups
      .slice(whole)
      .flat()
      .flatMap((message) => deliveredOf(message, n));
    const results = result.observations.map((observation) => this.#result(observation));
    this.#iteration = n;
    this.#know(result.message);
    const { provider, model, usage: spent, message, compacted, answer } = result;
    const { cost, ...usage } = spent;
    const calls = message.calls ?? [];
    const finish = finishOf(result);
    return [
      ...results,
      ...said,
      {
        ...({ type: 'iteration', iteration: n, provider, model, content: message.content } as const),
        ...{ calls: calls.length, finish, usage, cost: knownCost(cost) },
        ...(compacted ? { compacted: compacted.rounds } : {}),
        ...(answer?.kind === 'invalid' ? { invalid: answer.problem } : {}),
      },
      ...calls.map(({ id, name, args }): EventBody => ({ type: 'call', iteration: n, call: id, tool: name, args })),
      ...result.judged.flatMap(({ call, verdict, reason }) =>
        verdict === 'refuse' ? [this.#result({ call, outcome: 'refused', content: reason ?? '' })] : [],
      ),
    ];
  }

  #result({ call, outcome, content }: Observation): EventBody {
    const known = this.#calls.get(call);
    const tool = known?.call.name ?? '';
    return { type: 'result', iteration: known?.iteration ?? this.#iteration, call, tool, outcome, content };
  }

  #know(reply: AssistantMessage): void {
    for (const call of reply.calls ?? []) this.#calls.set(call.id, { call, iteration: this.#iteration });
  }
}

export function timeOf({ eventTime }: HistoryEvent): string {
  return timestampOf(Number(eventTime?.seconds ?? 0) * 1_000_000 + Math.floor((eventTime?.nanos ?? 0) / 1000));
}

// ---

interface MemoState {
  readonly phase?: string;
  readonly reason?: string | null;
}

function deliveredOf(message: Message, iteration: number): EventBody[] {
  if (message.role !== 'user' || message.message === undefined) return [];
  return [{ type: 'message', iteration, message: message.message, text: message.content }];
}

function waitingOf({ phase, reason }: MemoState): EventBody[] {
  return phase !== undefined && needsPerson(phase) ? [{ type: 'waiting', phase, reason: reason ?? null }] : [];
}
