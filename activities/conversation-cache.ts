/**
 * The worker's conversation cache, by state token, and the bounded wait for a token that is on its way. Entries are
 * immutable: each result creates a new one, so late attempts, retries and Resets cannot corrupt an entry. Losing an
 * entry costs one re-send.
 */
import { randomBytes } from 'node:crypto';
import type { Base } from '../src/domain/activity-calls.js';
import { type Message, totalSize } from '../src/domain/conversation.js';
import { DEFAULT_SYSTEM_PROMPT } from '../src/domain/limits.js';
import { openingOf, startOf } from '../src/domain/payloads.js';
import type { TaskInput } from '../src/domain/protocol.js';
import type { MetricsPort } from './ports.js';

const BUDGET_BYTES = 256 * 1024 * 1024;
const MAX_PER_TASK = 4;
const ARRIVAL_TIMEOUT_MS = 2_000;

interface Entry {
  readonly messages: readonly Message[];
  readonly bytes: number;
}

export class ConversationCache {
  readonly #entries = new Map<string, Entry>();
  readonly #tokens = new Map<string, string[]>();
  readonly #arrivals = new Arrivals();
  #bytes = 0;
  /** Makes tokens unique across workers. */
  readonly #tokenPrefix = randomBytes(6).toString('base64url');
  #tokenCount = 0;

  constructor(
    private readonly metrics: MetricsPort,
    private readonly budget = BUDGET_BYTES,
  ) {}

  /**
   * Stores a conversation under a new token. Kept by task, not by run: a run that continues as new, or is reset, ends
   * without a word to its worker, and a long task would leave the conversations of each behind.
   */
  store(task: string, messages: readonly Message[]): string {
    const token = `${this.#tokenPrefix}.${(this.#tokenCount++).toString(36)}`;
    this.#insert(task, token, messages);
    return token;
  }

  /** The task has ended on this worker. */
  forget(task: string): void {
    for (const token of this.#tokens.get(task) ?? []) this.#evict(token);
    this.#tokens.delete(task);
  }

  /** @returns the conversation that the base names, with its tail; undefined on a cache miss */
  async resolve(
    { id, input }: { readonly id: string; readonly input: TaskInput },
    base: Base,
    groups: readonly (readonly Message[])[],
  ): Promise<Message[] | undefined> {
    const whole = base.whole ?? 0;
    const tail = groups.slice(whole).flat();
    if (base.state === null)
      return [...startOf(input, DEFAULT_SYSTEM_PROMPT), ...groups.slice(0, whole).flat(), ...tail];
    if (base.whole !== undefined) {
      this.#insert(id, base.state, [...openingOf(input, DEFAULT_SYSTEM_PROMPT), ...groups.slice(0, whole).flat()]);
    }
    if (base.expect && !this.#entries.has(base.state)) await this.#arrivals.wait(base.state, ARRIVAL_TIMEOUT_MS);
    const known = this.#lookUp(base.state);
    // A conversation that was sent with the call says nothing about the cache.
    if (base.whole === undefined) this.metrics.recordLookup(known !== undefined, this.#bytes);
    return known && [...known, ...tail];
  }

  #lookUp(token: string): readonly Message[] | undefined {
    const entry = this.#entries.get(token);
    if (!entry) return undefined;
    this.#entries.delete(token);
    this.#entries.set(token, entry);
    return entry.messages;
  }

  #evict(token: string): void {
    this.#bytes -= this.#entries.get(token)?.bytes ?? 0;
    this.#entries.delete(token);
  }

  #insert(task: string, token: string, messages: readonly Message[]): void {
    if (this.#entries.has(token)) return;
    const bytes = totalSize(messages);
    this.#entries.set(token, { messages, bytes });
    this.#bytes += bytes;
    const tokens = [...(this.#tokens.get(task) ?? []), token];
    // A busy task must not evict the conversations of slow ones: retries and Resets need only its latest.
    for (const old of tokens.splice(0, Math.max(0, tokens.length - MAX_PER_TASK))) this.#evict(old);
    this.#tokens.set(task, tokens);
    for (const old of this.#entries.keys()) {
      if (this.#bytes <= this.budget || old === token) break;
      this.#evict(old);
    }
    this.#arrivals.announce(token);
  }
}

export class Arrivals {
  readonly #waiters = new Map<string, Set<() => void>>();

  announce(name: string): void {
    for (const wake of this.#waiters.get(name) ?? []) wake();
    this.#waiters.delete(name);
  }

  async wait(name: string, timeoutMs: number): Promise<void> {
    const waiters = this.#waiters.get(name) ?? new Set();
    this.#waiters.set(name, waiters);
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        waiters.delete(wake);
        if (waiters.size === 0 && this.#waiters.get(name) === waiters) this.#waiters.delete(name);
        resolve();
      };
      const timer = setTimeout(wake, timeoutMs);
      waiters.add(wake);
    });
  }
}
