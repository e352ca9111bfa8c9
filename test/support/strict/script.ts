/**
 * The model in the strict servers: it thinks and calls tools for some replies, then answers. Everything it gives follows
 * from the name of the model and the number of the reply, so any server can tell what came back changed.
 */
import { createHash } from 'node:crypto';
import type { Given, GivenCall } from './dialect.js';

export interface Plan {
  /** Replies that request calls. */
  readonly iterations: number;
  callsFor(n: number): readonly { readonly name: string; readonly args: Readonly<Record<string, unknown>> }[];
  readonly final: string;
  /** Replaces parts of reply n, for replies that are cut or refused. */
  readonly instead?: (n: number) => Partial<Given> | undefined;
}

export function givenBy(plan: Plan, model: string, n: number, idPrefix: string): Given {
  const requested = n < plan.iterations ? plan.callsFor(n) : [];
  const calls: GivenCall[] = requested.map((call, i) => ({ id: idPrefix + coreId(model, n, i), ...call }));
  const text = n < plan.iterations ? `Step ${n + 1}.` : plan.final;
  return { thinking: thinkingOf(model, n), signature: signatureOf(model, n), text, calls, ...plan.instead?.(n) };
}

/** What the model says when it is asked for a summary of the conversation. */
export const SUMMARY = { text: 'A summary: all notes so far are read.', calls: [] } as const;

/** Only such a request has these words: the conversation does not keep them. */
export function asksForSummary(body: unknown): boolean {
  return JSON.stringify(body).includes('that will replace your replies and the results of their calls');
}

/** With characters that a careless copy loses. */
export function thinkingOf(model: string, n: number): string {
  return `Thought ${n} of ${model}: "it" \\ weighs\t\u00e9 \u{1f426} <b>&amp;</b>, and ends in a space. `;
}

export function signatureOf(model: string, n: number): string {
  const block = (i: number): Buffer => createHash('sha512').update(`${model} ${n} ${i}`).digest();
  return Buffer.concat([block(0), block(1), block(2)]).toString('base64');
}

/** Nine alphanumerics: one letter for the model, the number of the reply, the place of the call in it. */
export function coreId(model: string, n: number, i: number): string {
  return `${letterOf(model)}${String(n).padStart(4, '0')}x${String(i).padStart(3, '0')}`;
}

/** The number of the reply that a call id of this model came with; undefined for an id that it did not make. */
export function replyOf(model: string, id: unknown, idPrefix: string): number | undefined {
  if (typeof id !== 'string' || !id.startsWith(idPrefix)) return undefined;
  const [, letter, n] = /^([a-z])(\d{4})x\d{3}$/.exec(id.slice(idPrefix.length)) ?? [];
  return letter === letterOf(model) ? Number(n) : undefined;
}

// ---

function letterOf(model: string): string {
  const sum = createHash('sha256').update(model).digest()[0] ?? 0;
  return String.fromCharCode(97 + (sum % 26));
}
