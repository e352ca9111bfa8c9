/** The state of one run: record and conversation, and the pure operations on them. Schedules nothing. */
import { setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import type { IterateResult, JudgedCall } from '../src/domain/activity-calls.js';
import { advance } from '../src/domain/apply-reply.js';
import { applyNotices, chooseNotices } from '../src/domain/compaction.js';
import type { Carried } from '../src/domain/continue-as-new.js';
import type { RaisedLimits } from '../src/domain/control.js';
import { type Call, lastReply, type Message, openCalls, totalSize } from '../src/domain/conversation.js';
import { type ExternalEdit, overruledOutside } from '../src/domain/external-edit.js';
import { finishOf } from '../src/domain/finish.js';
import type { HostReport } from '../src/domain/host-change.js';
import { recordAtStart } from '../src/domain/initial-record.js';
import { DEFAULT_LIMITS, DEFAULT_SYSTEM_PROMPT, type Limits } from '../src/domain/limits.js';
import type { NotifyInput } from '../src/domain/notify-activity.js';
import { conversationBudgetOf, group, openingOf, startOf } from '../src/domain/payloads.js';
import type { TaskInput } from '../src/domain/protocol.js';
import {
  type LimitProblem,
  reachedLimit,
  type Spent,
  spentLimit,
  timeLimitSentence,
} from '../src/domain/reached-limit.js';
import type { SearchAttribute, SearchReport } from '../src/domain/search.js';
import {
  accept,
  amend,
  end,
  overrule,
  type Phase,
  spend,
  type TaskRecord,
  type TaskState,
  type Usage,
} from '../src/domain/task.js';
import { fileNameOf } from '../src/domain/task-id.js';
import { microsOfMillis } from '../src/domain/timestamp.js';
import { transcriptMarkdown } from '../src/domain/transcript.js';
import { HostBonds } from './host-bonds.js';

export type Accepted = Extract<IterateResult, { kind: 'accepted' }>;

export class TaskRun {
  startedAt: number;
  readonly #opening: number;
  /** Number of messages that the input brings. */
  readonly #start: number;
  readonly #tailRoom: number;
  record: TaskRecord;
  /** The conversation that `state` names. */
  base: Message[];
  /** Messages added since. */
  tail: Message[] = [];
  state: string | null = null;
  judged: readonly JudgedCall[] = [];
  /** Where the task stays: that of the first reply, when the start names none. */
  host: string | null;
  /** The host that wrote the files last, as far as it said so: a task may end before its first reply. */
  mirroredOn: string | null = null;
  readonly bonds: HostBonds;
  /** The search attributes of status and model are registered. */
  searchable = false;
  /** The others that are. */
  searches: ReadonlySet<SearchAttribute> = new Set();
  /** The host that has a notifier, and for what. */
  notifier: HostReport | null = null;
  /** Events that are being told. */
  readonly untold: NotifyInput[] = [];
  /** Ids of events: limits that were nearly used up in this run. */
  readonly warned = new Set<string>();
  cap: number | null = null;
  /** Limits that a person has raised since the start. */
  raised: RaisedLimits = {};
  /** Bytes that are kept free for messages that wait. */
  reserved = 0;
  /** Provider errors in a row, and since when. */
  errors = 0;
  errorsSince: number | null = null;
  /** False in runs that were begun before tasks had a memo of their own: no step of them may change. */
  writesMemo = false;
  phase: Phase = 'queued';
  reason: string | null = null;
  /** What another program did to the task's file. */
  foreign: string | null = null;
  /** The end that another program wrote into the task's file. */
  externalEnd: ExternalEdit | null = null;

  constructor(
    readonly input: TaskInput,
    carried: Carried | undefined,
    groups: readonly (readonly Message[])[],
  ) {
    const opening = openingOf(input, DEFAULT_SYSTEM_PROMPT);
    const start = startOf(input, DEFAULT_SYSTEM_PROMPT);
    this.#opening = opening.length;
    this.#start = start.length;
    this.#tailRoom = conversationBudgetOf(input).tail;
    const all = [...(carried?.state ? opening : start), ...groups.flat()];
    this.base = all.slice(0, all.length - (carried?.tail ?? 0));
    this.host = input.host ?? null;
    this.bonds = new HostBonds(input, carried);
    this.startedAt = carried?.started_at ?? workflowInfo().startTime.getTime() - (input.continues?.elapsed_ms ?? 0);
    this.judged = input.continues?.calls ?? [];
    this.record = carried?.record ?? recordAtStart(input, this.#micros());
    // The SDK puts the details into the JSON of its answer to the Web UI: the text is made then, not at every step.
    setCurrentDetails({ toJSON: () => this.#details() } as unknown as string);
    if (!carried) return;
    this.tail = all.slice(all.length - carried.tail);
    this.state = carried.state;
    this.judged = carried.judged;
    this.host = carried.host;
    this.searchable = carried.searchable;
    this.searches = new Set(carried.searches);
    this.notifier = carried.notifier ?? null;
    this.cap = carried.cap;
    this.errors = carried.errors;
    this.errorsSince = carried.errors_since;
  }

  /** The host that has the files; null: none yet. */
  get filesHost(): string | null {
    return this.host ?? this.mirroredOn;
  }

  get messages(): Message[] {
    return [...this.base, ...this.tail];
  }

  /** Accepted replies that count against the limits: excludes those of the program that had the task before. */
  get ownIterations(): number {
    return this.record.iterations - (this.input.adopted?.iterations ?? 0);
  }

  /** No reply has been accepted since the start. */
  get isFresh(): boolean {
    const { continues, adopted } = this.input;
    return this.record.iterations === (continues?.iterations ?? adopted?.iterations ?? 0);
  }

  get limits(): Limits {
    const limits = { ...DEFAULT_LIMITS, ...this.input.limits };
    const max_iterations = Math.min(limits.max_iterations, this.cap ?? Number.POSITIVE_INFINITY);
    return { ...limits, max_iterations, ...this.raised };
  }

  get spent(): Spent {
    return { iterations: this.ownIterations, usage: this.record.usage, time: Date.now() - this.startedAt };
  }

  /** Which limit is reached; undefined for none. */
  get reached(): LimitProblem | undefined {
    return reachedLimit(this.limits, this.spent);
  }

  /** Which limit is reached, in tokens, money or time; undefined when there is more. */
  get spentLimit(): string | undefined {
    return spentLimit(this.limits, this.spent)?.sentence;
  }

  get timeLimitSentence(): string {
    return timeLimitSentence(this.limits);
  }

  /** Milliseconds left of the time limit; null when there is none. */
  get timeLeft(): number | null {
    return this.deadline === null ? null : Math.max(0, this.deadline - Date.now());
  }

  /** When the time limit is reached, in milliseconds since 1970; null when there is none. */
  get deadline(): number | null {
    const { max_time_ms } = this.limits;
    return max_time_ms === null ? null : this.startedAt + max_time_ms;
  }

  /** The open calls of the last reply, with the worker's policy decisions. */
  pending(): JudgedCall[] {
    const said = new Map(this.judged.map((judged) => [judged.call, judged]));
    return openCalls(this.messages).map(({ id }) => said.get(id) ?? { call: id, verdict: 'run', placement: 'inline' });
  }

  /** A call of the last reply. */
  callOf(id: string): Call | undefined {
    return lastReply(this.messages)?.calls?.find((call) => call.id === id);
  }

  /** Applies the same steps as the activity, so that both hold the same conversation under the new token. */
  accept(result: Accepted, sentTail: number): void {
    const sent = [...this.base, ...this.tail.slice(0, sentTail)];
    this.base = advance(sent, this.#opening, result);
    this.tail = this.tail.slice(sentTail);
    this.state = result.state;
    this.judged = result.judged;
    this.bonds.noteReply(result.judged);
    if (result.host !== undefined && (this.host === null || this.host === result.host))
      this.settleAt(result.host, result);
    this.hearOfSearch(result);
    this.hearOfNotifier(result);
    this.cap = result.cap ?? null;
    this.errors = 0;
    this.errorsSince = null;
    this.record = accept(this.record, this.#micros(), { ...result, finish: finishOf(result) });
  }

  /** A host has answered that is to keep the task. */
  settleAt(host: string, { shared }: HostReport): void {
    this.bonds.settleAt(shared ?? false, this.pending());
    this.host = host;
  }

  /** A worker that has a notifier says so; what others have said before stays. */
  hearOfNotifier({ host, notifies }: HostReport): void {
    if (notifies) this.notifier = { notifies, ...(host === undefined ? {} : { host }) };
  }

  /** A worker says with the first reply, or with the failure of a try before it, what is registered. */
  hearOfSearch({ searchable, searches }: SearchReport): void {
    if (!searchable) return;
    this.searchable = true;
    this.searches = new Set(searches);
  }

  /** No other host has taken it over. */
  returnTo(host: string): void {
    this.bonds.lost = null;
    this.host = host;
  }

  /** No activity of the task waits for its host any more: another one may take it. */
  leaveHost(since: number): void {
    if (this.host !== null) this.bonds.leave({ host: this.host, since });
    this.host = null;
  }

  add(message: Message): void {
    const tail = [...this.tail, message];
    this.tail = applyNotices(tail, chooseNotices(tail, this.#tailRoom - this.reserved));
  }

  /** Whether one more message of a person fits: they are never removed, and leave half of the room to the calls. */
  hasRoomFor(size: number, waiting: number): boolean {
    const said = totalSize(this.messages.filter((message) => message.role === 'user' && message.message !== undefined));
    const more = size + waiting;
    return more <= this.#tailRoom / 2 && totalSize(this.tail) + more <= this.#tailRoom && said + more <= this.#tailRoom;
  }

  /** Rejected replies count against the limits. */
  spend(usage: Usage): void {
    this.record = spend(this.record, usage);
  }

  /** The calls of the last reply have their results: the files show one more round. */
  completeRound(): void {
    this.record = amend(this.record, this.#micros(), {});
  }

  end(state: TaskState): void {
    this.record = end(this.record, this.#micros(), state);
    this.show('done', null);
  }

  /** The end in the file came first, and stays. */
  yieldToExternalEnd(found: ExternalEdit): void {
    this.foreign = overruledOutside(found, this.record.state);
    this.record = overrule(this.record, this.#micros(), this.foreign);
    this.show('done', null);
  }

  /** Sets the current phase; the Web UI shows it with the transcript. */
  show(phase: Phase, reason: string | null): void {
    this.phase = phase;
    this.reason = reason;
  }

  /** The conversation has messages that the input does not bring. */
  get hasMore(): boolean {
    return this.base.length > this.#unsent;
  }

  /** The conversation as payloads, without what the receiver takes from the input. */
  wholeGroups(): Message[][] {
    return group(this.base.slice(this.#unsent));
  }

  tailGroups(): Message[][] {
    return group(this.tail);
  }

  /** What a state token names may have lost messages that the input brings, but none of the opening. */
  get #unsent(): number {
    return this.state === null ? this.#start : this.#opening;
  }

  #details(): string {
    const { record, phase, reason } = this;
    const { prompt, name } = this.input;
    const id = fileNameOf(workflowInfo().workflowId);
    const waits = this.pending().flatMap(({ verdict, summary }) => (verdict === 'ask' && summary ? [summary] : []));
    return transcriptMarkdown({ id, name, prompt, record, phase, reason, waits }, this.messages);
  }

  #micros(): number {
    return microsOfMillis(Date.now());
  }
}
