/**
 * How much of a conversation a model takes, in bytes of JSON: from its window, where it is known, from the size that it
 * refused, and from what can be carried. Kept in memory by a worker: tokens per byte are measured with each reply.
 */
import { type Message, totalSize, utf8Length } from '../src/domain/conversation.js';
import type { Usage } from '../src/domain/task.js';
import type { AdmittedTask } from './admission.js';
import type { ActivityDeps } from './ports.js';
import { toolsFor } from './request-reply.js';

/** Of English text and code it is nearer to four; JSON and other languages take more tokens. */
const BYTES_PER_TOKEN = 3;
const LEAST_BYTES = 2;
const MOST_BYTES = 6;
/** Below it the tools and the instructions are most of a request. */
const MEASURED_TOKENS = 4_000;
/** Share of the window that is kept free for a reply, at the most. */
const REPLY_SHARE = 0.25;
/** What was refused once was too long by some of it. */
const REFUSED_SHARE = 0.9;
const REMEMBERED = 200;

export class ContextRoom {
  readonly #bytesPerToken = new Map<string, number>();
  readonly #refused = new Map<string, number>();
  /** Sizes at which a summary failed, by task. */
  readonly #failed = new Map<string, number>();

  /** @returns the bytes that the messages after the opening may have */
  of(deps: ActivityDeps, task: AdmittedTask, messages: readonly Message[]): number {
    const windows = task.chain.flatMap((choice) => deps.models.window(choice) ?? []);
    const room = this.#ofWindow(Math.min(...windows), { deps, task, messages });
    const refused = (this.#refused.get(nameOf(task)) ?? Number.POSITIVE_INFINITY) - openingBytes(task, messages);
    return Math.min(task.messageBudget, room, refused > 0 ? refused : Number.POSITIVE_INFINITY);
  }

  noteReply(task: AdmittedTask, messages: readonly Message[], { input_tokens }: Usage): void {
    const size = totalSize(messages);
    if (size > (this.#refused.get(nameOf(task)) ?? Number.POSITIVE_INFINITY)) this.#refused.delete(nameOf(task));
    if (input_tokens < MEASURED_TOKENS) return;
    const measured = Math.min(MOST_BYTES, Math.max(LEAST_BYTES, size / input_tokens));
    remember(this.#bytesPerToken, nameOf(task), measured);
  }

  noteRefused(task: AdmittedTask, messages: readonly Message[]): void {
    remember(this.#refused, nameOf(task), totalSize(messages) * REFUSED_SHARE);
  }

  noteFailedSummary(task: AdmittedTask, messages: readonly Message[]): void {
    remember(this.#failed, task.id, totalSize(messages));
  }

  /** A summary that failed is tried again when the conversation has grown by a tenth. */
  maySummarise(task: AdmittedTask, messages: readonly Message[]): boolean {
    return totalSize(messages) > (this.#failed.get(task.id) ?? 0) * 1.1;
  }

  #ofWindow(
    window: number,
    { deps, task, messages }: { deps: ActivityDeps; task: AdmittedTask; messages: readonly Message[] },
  ): number {
    if (!Number.isFinite(window)) return Number.POSITIVE_INFINITY;
    const reply = Math.min(task.limits.max_output_tokens, window * REPLY_SHARE);
    const bytes = (window - reply) * (this.#bytesPerToken.get(nameOf(task)) ?? BYTES_PER_TOKEN);
    const fixed = openingBytes(task, messages) + utf8Length(JSON.stringify(toolsFor(deps, task)));
    // An opening that fills the window leaves nothing to compact: the provider's refusal says so.
    return fixed < bytes ? bytes - fixed : Number.POSITIVE_INFINITY;
  }
}

// ---

function openingBytes({ opening }: AdmittedTask, messages: readonly Message[]): number {
  return totalSize(messages.slice(0, opening));
}

function nameOf({ chain }: AdmittedTask): string {
  return JSON.stringify(chain[0] ?? null);
}

function remember(map: Map<string, number>, key: string, value: number): void {
  map.delete(key);
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= REMEMBERED) break;
    map.delete(oldest);
  }
}
