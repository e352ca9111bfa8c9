/** What became of the unsafe calls of a task: each has had its effect once, or the model was told that it may not have. */
import type { Message } from '../../src/domain/conversation.js';

export interface Effects {
  readonly calls: number;
  /** One line in the ledger, and the model has the result. */
  readonly once: number;
  /** The model was told that the outcome is unknown; the ledger has no line, or one. */
  readonly unknown: number;
  /** Of these, the calls that have a line. */
  readonly unknownRan: number;
  /** Two lines or more: always a fault. */
  readonly doubled: number;
  /** No line although the model was told that the call has ended well: always a fault. */
  readonly missing: number;
}

/** `lines`: how often the ledger has the id of each call. */
export function effectsOf(messages: readonly Message[], lines: ReadonlyMap<string, number>): Effects {
  const outcomes = new Map(messages.flatMap((m) => (m.role === 'tool' ? [[m.call, m.outcome] as const] : [])));
  const found = messages.flatMap((message) => (message.role === 'assistant' ? (message.calls ?? []) : []));
  const unsafe = found.filter(({ name }) => name === 'shell');
  const kinds = unsafe.map(({ id, wire_id }) => kindOf(outcomes.get(id), lines.get(wire_id) ?? 0));
  const count = (...wanted: readonly string[]): number => kinds.filter((kind) => wanted.includes(kind)).length;
  return {
    calls: unsafe.length,
    once: count('once'),
    unknown: count('unknown', 'unknown-ran'),
    unknownRan: count('unknown-ran'),
    doubled: count('doubled'),
    missing: count('missing'),
  };
}

export function sumOf(all: readonly Effects[]): Effects {
  const sum = (name: keyof Effects): number => all.reduce((total, effects) => total + effects[name], 0);
  return {
    calls: sum('calls'),
    once: sum('once'),
    unknown: sum('unknown'),
    unknownRan: sum('unknownRan'),
    doubled: sum('doubled'),
    missing: sum('missing'),
  };
}

export function countLines(lines: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const line of lines) counts.set(line, (counts.get(line) ?? 0) + 1);
  return counts;
}

// ---

function kindOf(
  outcome: string | undefined,
  lines: number,
): 'once' | 'unknown' | 'unknown-ran' | 'doubled' | 'missing' {
  if (lines > 1) return 'doubled';
  if (outcome === 'unknown') return lines === 0 ? 'unknown' : 'unknown-ran';
  return lines === 1 ? 'once' : 'missing';
}
