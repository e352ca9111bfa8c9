/**
 * Renders the history of one run as the events of `follow`. A cursor names each event, so that every reader gets each
 * exactly once: what is rendered depends on the history of that run alone.
 */

import type { IterateInput, IterateResult, RunToolResult } from '../domain/activity-calls.js';
import type { Carried } from '../domain/continue-as-new.js';
import { type Continues, toContinues } from '../domain/continues.js';
import type { VerifyControlInput, VerifyControlResult } from '../domain/control.js';
import { type AssistantMessage, type Call, lastReply, type Message } from '../domain/conversation.js';
import { knownCost } from '../domain/cost.js';
import { finishOf, isCut } from '../domain/finish.js';
import { DEFAULT_LIMITS } from '../domain/limits.js';
import { type TaskInput, WORKFLOW_TYPE } from '../domain/protocol.js';
import { addUsage, NO_USAGE, needsPerson, type Usage } from '../domain/task.js';
import type { Observation } from '../domain/tool.js';
import { activityNameOf } from '../domain/worker-names.js';
import { carriedAgentIn, isSignedAgent } from './agent-arguments.js';
import { callEvents } from './call-events.js';
import type { EventBody, RetryEvent, TaskEvent } from './event-bodies.js';
import { type HistoryEvent, millisOfEvent, type Payloads, type Started, timeOf, values } from './history.js';
import { LimitEvents } from './limit-events.js';
import { MessageEvents, raisesIn } from './message-events.js';
import { type Now, nowOf, type ServerView } from './now.js';
import { heldSentence, unpauseOfTemporal } from './open-workflow.js';
import { rejectedUsage } from './rejected-usage.js';
import { type PublishedWait, type ScheduledActivity, WorkInFlight } from './work-in-flight.js';

export class RunEvents {
  readonly #work = new WorkInFlight();
  readonly #calls = new Map<string, { call: Call; iteration: number }>();
  readonly #messages = new MessageEvents();
  #limits = new LimitEvents(DEFAULT_LIMITS, 0);
  #iteration = 0;
  /** A workflow of the user has timers and signals of the user. */
  #isPackaged = false;
  /** The last reply is the answer: limits do not matter. */
  #isAnswered = false;
  /** Replies that do not count against the limit. */
  #adopted = 0;
  #usage: Usage = NO_USAGE;

  constructor(
    private readonly id: string,
    readonly runId: string,
  ) {}

  /** Accepted replies so far. */
  get iteration(): number {
    return this.#iteration;
  }

  /** Id of the activity that asks the model for a reply; undefined when none does. */
  get generating(): string | undefined {
    return this.#work.activities.find(({ type }) => type === 'iterate')?.activity;
  }

  /** As far as the history says. */
  get waitsForPerson(): boolean {
    const { held, wait } = this.#work;
    return held !== undefined || needsPerson(wait?.phase);
  }

  now(view: ServerView | undefined): Now {
    const { held } = this.#work;
    if (held !== undefined) return { kind: 'held', since: held, lift: unpauseOfTemporal(this.id) };
    return nowOf(this.#work, (activity) => this.#callOf(activity), view);
  }

  render(event: HistoryEvent): TaskEvent[] {
    return this.#bodies(event).map((body, n) => ({
      cursor: `${this.runId}:${event.eventId}.${n}`,
      time: timeOf(event),
      ...body,
    }));
  }

  #bodies(event: HistoryEvent): EventBody[] {
    const before = this.#work.wait;
    const ended = this.#work.note(event);
    const at = millisOfEvent(event);
    if (event.workflowExecutionStartedEventAttributes)
      return this.#started(event.workflowExecutionStartedEventAttributes, at);
    if (activityNameOf(event.activityTaskScheduledEventAttributes?.activityType?.name) === 'iterate')
      this.#isAnswered = false;
    const completed = event.activityTaskCompletedEventAttributes;
    if (event.workflowExecutionPausedEventAttributes)
      return [{ type: 'waiting', phase: 'paused', reason: heldSentence(this.id) }];
    const bodies = completed ? this.#completed(ended, completed.result, at) : this.#waits(before);
    const rejected = ended && rejectedUsage(event);
    if (rejected) this.#usage = addUsage(this.#usage, rejected);
    const tellsLimits = !this.#isAnswered && (ended !== undefined || (this.#isPackaged && showsTime(event)));
    return tellsLimits ? [...bodies, ...this.#limits.at(this.#spent(at))] : bodies;
  }

  #waits(before: PublishedWait | undefined): EventBody[] {
    const { wait } = this.#work;
    if (!wait || wait === before || wait.phase === 'retrying') return [];
    return [{ type: 'waiting', phase: wait.phase, reason: wait.reason }];
  }

  #started({ input, workflowType, continuedExecutionRunId }: Started, at: number): EventBody[] {
    const given = values(input);
    this.#isPackaged = workflowType?.name === WORKFLOW_TYPE;
    const args = this.#isPackaged ? given : carriedAgentIn(given, this.id);
    // A workflow of the user begins its agent later, with a task that its worker signs.
    if (!args) return [];
    const [task, carried, ...groups] = args as [TaskInput, Carried | undefined, ...Message[][]];
    if (!continuedExecutionRunId) return this.#begun(task, at);
    this.#begin(task, { iterations: carried?.record?.iterations ?? 0, usage: carried?.record?.usage ?? NO_USAGE });
    this.#limits = new LimitEvents({ ...DEFAULT_LIMITS, ...task?.limits }, carried?.started_at ?? at);
    if (carried?.cap) this.#limits.capIterations(carried.cap);
    if (carried?.control) {
      this.#limits.raise(carried.control.raised);
      this.#messages.know(carried.control.messages);
    }
    // The run before has told of these.
    if (carried) this.#limits.at(this.#spent(at));
    const reply = lastReply(groups.flat());
    if (reply) this.#know(reply);
    return [];
  }

  #begin(task: TaskInput | undefined, { iterations, usage }: Pick<Continues, 'iterations' | 'usage'>): void {
    this.#iteration = iterations;
    this.#usage = usage;
    this.#adopted = task?.adopted?.iterations ?? 0;
  }

  /** A task, or a new run that continues one that had ended. */
  #begun(task: TaskInput | undefined, at: number): EventBody[] {
    const continues = toContinues(task?.continues);
    this.#begin(task, continues ?? { iterations: task?.adopted?.iterations ?? 0, usage: NO_USAGE });
    this.#limits = new LimitEvents({ ...DEFAULT_LIMITS, ...task?.limits }, at - (continues?.elapsed_ms ?? 0));
    const reply = lastReply(continues?.messages ?? []);
    // It may have calls that run now.
    if (reply) this.#know(reply);
    const submitted: EventBody = { type: 'submitted', id: this.id, prompt: task?.prompt ?? '' };
    if (continues?.kind === 'send' || continues?.kind === 'retry') return [retryOf(continues.kind, continues)];
    if (continues?.kind !== 'fork') return [submitted];
    const { id, iteration } = continues.from;
    return [submitted, { type: 'fork', from: { id, iteration } }];
  }

  #completed(ended: ScheduledActivity | undefined, result: Payloads, at: number): EventBody[] {
    if (ended?.type === 'iterate') return this.#iterated(ended.input, values(result)[0] as IterateResult);
    if (ended?.type === 'verifyControl') return this.#verified(ended.input, values(result)[0] as VerifyControlResult);
    const [value] = values(result);
    if (isSignedAgent(value, this.id)) return this.#begun(value as TaskInput, at);
    if (ended?.type !== 'runTool') return [];
    const ran = value as RunToolResult;
    return ran.kind === 'ran' ? [this.#result(ran.observation)] : [];
  }

  #verified(input: Payloads, result: VerifyControlResult): EventBody[] {
    const asked = values(input)[0] as VerifyControlInput;
    for (const raise of raisesIn(asked, result)) this.#limits.raise(raise);
    return this.#messages.verified(asked, result);
  }

  #iterated(input: Payloads, result: IterateResult): EventBody[] {
    if (result.kind !== 'accepted') return [];
    this.#isAnswered = endsTask(result);
    const [{ n, record, whole = 0 }, ...groups] = values(input) as [IterateInput, ...Message[][]];
    if (result.cap !== undefined) this.#limits.capIterations(result.cap);
    const results = result.observations.map((observation) => this.#result(observation));
    this.#iteration = n;
    // What the record says includes replies that were rejected.
    this.#usage = addUsage(record?.spent ?? this.#usage, result.usage);
    this.#know(result.message);
    return [
      ...results,
      ...this.#messages.delivered(groups.slice(whole).flat(), n),
      accepted(n, result),
      ...callEvents(n, result),
      ...result.judged.flatMap(({ call, verdict, reason }) =>
        verdict === 'refuse' ? [this.#result({ call, outcome: 'refused', content: reason ?? '' })] : [],
      ),
    ];
  }

  #spent(at: number) {
    return { iterations: this.#iteration - this.#adopted, usage: this.#usage, at };
  }

  #result({ call, outcome, content }: Observation): EventBody {
    const known = this.#calls.get(call);
    const tool = known?.call.name ?? '';
    return { type: 'result', iteration: known?.iteration ?? this.#iteration, call, tool, outcome, content };
  }

  #know(reply: AssistantMessage): void {
    for (const call of reply.calls ?? []) this.#calls.set(call.id, { call, iteration: this.#iteration });
  }

  #callOf({ input }: ScheduledActivity): Call | undefined {
    const { call } = Object(values(input)[0]) as { call?: unknown };
    return typeof call === 'string' ? this.#calls.get(call)?.call : undefined;
  }
}

// ---

type Accepted = Extract<IterateResult, { kind: 'accepted' }>;

function retryOf(by: RetryEvent['by'], { from, messages }: Continues): RetryEvent {
  const last = by === 'send' ? messages.at(-1) : undefined;
  return { type: 'retry', by, iteration: from.iteration, ...(last?.role === 'user' ? { text: last.content } : {}) };
}

function accepted(iteration: number, result: Accepted): EventBody {
  const { provider, model, usage: spent, message, compacted, answer } = result;
  const { cost, ...usage } = spent;
  return {
    ...({ type: 'iteration', iteration, provider, model, content: message.content } as const),
    ...{ calls: message.calls?.length ?? 0, finish: finishOf(result), usage, cost: knownCost(cost) },
    ...(compacted ? { compacted: compacted.rounds } : {}),
    ...(answer?.kind === 'invalid' ? { invalid: answer.problem } : {}),
  };
}

/** At these events the time is told that a wait has taken. */
function showsTime(event: HistoryEvent): boolean {
  return Boolean(
    event.timerFiredEventAttributes ??
      event.workflowExecutionSignaledEventAttributes ??
      event.workflowExecutionContinuedAsNewEventAttributes,
  );
}

/** Limits do not matter to a task that has its answer. */
function endsTask(result: Accepted): boolean {
  if (result.compacted || result.answer?.kind === 'invalid') return false;
  const finish = finishOf(result);
  return !result.message.calls?.length && !isCut(finish) && finish !== 'pause';
}
