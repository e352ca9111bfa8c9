/**
 * A person's control of the task: messages, pause, raised limits. A handler only records; an activity verifies all that
 * needs a signature, in parallel with the loop, and only then it counts: what is forged disturbs nothing.
 */
import { CancellationScope, condition, isCancellation, patched, setHandler, workflowInfo } from '@temporalio/workflow';
import type { CarriedControl } from '../src/domain/continue-as-new.js';
import { saidBefore } from '../src/domain/continues.js';
import {
  type ControlMessage,
  ENDED_BEFORE,
  type Paused,
  type PersonMessage,
  type ReachedLimit,
  raisedBy,
  toPauseMessage,
  toPersonMessage,
  toRaiseMessage,
  toWithdrawMessage,
} from '../src/domain/control.js';
import { sizeOf } from '../src/domain/conversation.js';
import { type Decision, toSignedMessage } from '../src/domain/messages.js';
import { verifyHere } from './activities.js';
import { failureType, troubleOf } from './classify-failure.js';
import { inboxQuery, messageSignal, pauseSignal, raiseSignal, unpauseSignal, withdrawSignal } from './definitions.js';
import { MessageBox, turnOf } from './message-box.js';
import { tellPaused } from './task-memo.js';
import type { TaskRun } from './task-state.js';
import { type Arrived, Unverified } from './unverified.js';

const KEPT_IDS = 128;

export class Control {
  readonly messages: MessageBox;
  paused: Paused | null;
  /** The limit that the task waits at. */
  limit: ReachedLimit | null;
  /** Grows with every message that was accepted: a wait for the next try ends. */
  arrivals = 0;
  readonly #unverified = new Unverified();
  #isVerifying = false;
  #pauses = 0;
  #hasEnded = false;
  readonly #seen: string[];
  /** Ids of the messages that an earlier run of the task had. */
  readonly #before: ReadonlySet<string>;

  constructor(
    private readonly run: TaskRun,
    /** Cancels what is in flight. */
    private readonly onInterrupt: () => void,
    carried: CarriedControl | undefined,
  ) {
    this.messages = new MessageBox(carried?.messages ?? []);
    const said = saidBefore(run.input);
    this.#before = new Set(said.map(({ id }) => id));
    if (!carried) this.messages.know(said, Date.now());
    this.paused = carried?.paused ?? null;
    this.limit = carried?.limit ?? null;
    this.#seen = [...(carried?.seen ?? [])];
    run.raised = carried?.raised ?? {};
    this.#reserve();
    for (const control of carried?.unverified ?? []) this.#receive(control);
    this.#listen();
  }

  get carried(): CarriedControl | undefined {
    const { paused, limit } = this;
    const unverified = this.#unverified.controls;
    const messages = this.messages.receipts;
    const isUsed = paused || limit || this.#seen.length + unverified.length + messages.length > 0;
    return isUsed ? { unverified, messages, seen: this.#seen, paused, limit, raised: this.run.raised } : undefined;
  }

  /** What was sent is being verified: it may keep the task from its end. */
  get isVerifying(): boolean {
    return this.#isVerifying;
  }

  verified(): Promise<void> {
    return condition(() => !this.#isVerifying);
  }

  /** What is not verified goes along into a new run as far as there is room: the rest is verified before. */
  async shrink(): Promise<void> {
    const fits = (): boolean => !this.#isVerifying || this.#unverified.isSmall;
    if (!fits() && patched('kept-messages')) await CancellationScope.nonCancellable(() => condition(fits));
  }

  /** A wait ends for a pause, which is shown then. The waits of runs that were recorded before this rule do not. */
  get haltsWaits(): boolean {
    return this.paused !== null && patched('paused-waits');
  }

  /**
   * Adds the messages that are due to the conversation, before the model is asked.
   * @param answered the task would end with its answer
   * @returns whether there was one
   */
  deliver(answered = false): boolean {
    if (this.messages.isEmpty) return false;
    const turns = this.messages.deliver(this.run.record.iterations + 1, answered);
    this.#reserve();
    for (const turn of turns) this.run.add(turn);
    return turns.length > 0;
  }

  /** What the person said has answered a question: it is no message any more, should it arrive as one. */
  answered({ id, text = '' }: Pick<Decision, 'id' | 'text'>): void {
    // It has arrived as one already, and waits: a run that an older version began delivers it.
    if (this.messages.has(id) && !patched('said-before')) return;
    this.#see(answerName(id));
    this.messages.know([{ id, text, iteration: this.run.record.iterations + 1 }], Date.now());
    this.#reserve();
  }

  /** The task ends, and what waits is not delivered. */
  end(reason = ENDED_BEFORE): void {
    this.#hasEnded = true;
    this.messages.refuseAll(reason);
  }

  #listen(): void {
    setHandler(messageSignal, (raw) => this.#receive(tagged('message', toPersonMessage(raw))));
    setHandler(withdrawSignal, (raw) => this.#receive(tagged('withdraw', toWithdrawMessage(raw))));
    setHandler(unpauseSignal, (raw) => this.#receive(tagged('unpause', toSignedMessage(raw))));
    setHandler(raiseSignal, (raw) => this.#receive(tagged('raise', toRaiseMessage(raw))));
    setHandler(pauseSignal, (raw) => this.#pause(toPauseMessage(raw).reason ?? null));
    setHandler(inboxQuery, () => {
      const { paused, run } = this;
      // It was raised while the task is paused.
      const limit = this.limit?.sentence === run.reached?.sentence ? this.limit : null;
      return { messages: this.messages.receipts, paused, limit, limits: run.limits };
    });
  }

  #pause(reason: string | null): void {
    // A run that an older version began has ignored such signals.
    if (!patched('control')) return;
    this.#pauses++;
    this.paused = { reason, since: this.paused?.since ?? Date.now() };
    tellPaused(this.paused);
  }

  #receive(control: ControlMessage | undefined): void {
    if (!control || this.#seen.includes(nameOf(control)) || !patched('control')) return;
    // A run that an older version began has taken it once more.
    if (this.#isKnownOtherwise(control) && patched('said-before')) return;
    const at = Date.now();
    if (this.#hasEnded) {
      this.#refuse(control, { at, reason: ENDED_BEFORE });
      return;
    }
    this.#unverified.add({ control, at, pauses: this.#pauses });
    if (this.#isVerifying) return;
    this.#isVerifying = true;
    void new CancellationScope().run(() => this.#verify());
  }

  /** An earlier run had it, or it has answered a question. */
  #isKnownOtherwise({ signal, message: { id } }: ControlMessage): boolean {
    return signal === 'message' && (this.#before.has(id) || this.#seen.includes(answerName(id)));
  }

  #see(name: string): void {
    this.#seen.push(name);
    this.#seen.splice(0, this.#seen.length - KEPT_IDS);
  }

  async #verify(): Promise<void> {
    try {
      while (!this.#unverified.isEmpty && !this.#hasEnded) {
        const batch = this.#unverified.batch();
        const valid = await this.#validityOf(batch);
        this.#unverified.drop(batch.length);
        batch.forEach((arrived, n) => {
          if (valid[n]) this.#apply(arrived);
          else this.#refuse(arrived.control, { at: arrived.at, reason: FORGED });
        });
      }
    } catch (error) {
      // The task was cancelled.
      if (!isCancellation(error)) throw error;
    } finally {
      this.#isVerifying = false;
    }
  }

  async #validityOf(batch: readonly Arrived[]): Promise<readonly boolean[]> {
    const controls = batch.map(({ control }) => control);
    try {
      const { valid } = await verifyHere({ controls, chain: workflowInfo().firstExecutionRunId });
      return valid;
    } catch (error) {
      // Only a worker that takes no activity of this workflow says so.
      if (isCancellation(error) || failureType(error) === undefined || troubleOf(error).kind !== 'refused') throw error;
      return [];
    }
  }

  #apply({ control, at, pauses }: Arrived): void {
    // Two of one id may have waited together.
    if (this.#seen.includes(nameOf(control))) return;
    // It has answered a question while it was verified.
    if (this.#isKnownOtherwise(control) && patched('said-before')) return;
    this.#see(nameOf(control));
    switch (control.signal) {
      case 'message':
        this.#accept(control.message, at);
        break;
      case 'withdraw':
        this.messages.withdraw(control.message.message);
        this.#reserve();
        break;
      case 'unpause':
        if (pauses === this.#pauses) this.paused = null;
        if (!this.paused) tellPaused(null);
        break;
      case 'raise':
        this.run.raised = { ...this.run.raised, ...raisedBy(this.run.limits, control.message.limits) };
    }
  }

  #accept(message: PersonMessage, at: number): void {
    const size = sizeOf(turnOf(message)) + 1;
    const fits = this.run.hasRoomFor(size, this.messages.bytes);
    if (this.#hasEnded || !fits) {
      this.messages.refuse(message, { at, reason: fits ? ENDED_BEFORE : NO_ROOM });
      return;
    }
    this.messages.accept(message, at);
    this.#reserve();
    this.arrivals++;
    if (message.mode === 'interrupt') this.onInterrupt();
  }

  #refuse({ signal, message }: ControlMessage, why: { readonly at: number; readonly reason: string }): void {
    if (signal === 'message') this.messages.refuse(message, why);
  }

  #reserve(): void {
    this.run.reserved = this.messages.bytes;
  }
}

// ---

const FORGED = 'It has no valid signature.';
const NO_ROOM = 'The conversation has no room for it: the messages of a task are bounded together.';

function tagged<S extends ControlMessage['signal']>(
  signal: S,
  message: Extract<ControlMessage, { signal: S }>['message'] | undefined,
): ControlMessage | undefined {
  return message && ({ signal, message } as ControlMessage);
}

function nameOf({ signal, message }: ControlMessage): string {
  return `${signal}:${message.id}`;
}

function answerName(id: string): string {
  return `answer:${id}`;
}
