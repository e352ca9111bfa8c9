/**
 * What a task has done after an iteration that cannot be taken back: calls with side effects that were begun, as the
 * history has them, with the time from the claim or the audit log where they are on this host. Reads only.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type AuditEntry, readEntry } from '../audit/entry.js';
import { linesOf } from '../audit/lines.js';
import type { JudgedCall } from '../domain/activity-calls.js';
import { type Call, lastReply } from '../domain/conversation.js';
import { fileNameOf } from '../domain/task-id.js';
import { microsOfMillis, timestampOf } from '../domain/timestamp.js';
import type { CallOutcome } from '../domain/tool.js';
import { quoted, visibleLine } from '../domain/visible.js';
import type { Paths } from '../mirror/paths.js';
import type { Round } from './rounds.js';

/** A call whose effect stays. */
export interface PastEffect {
  /** The iteration whose reply requested it. */
  readonly iteration: number;
  readonly call: string;
  readonly tool: string;
  /** The tool and the start of its arguments. */
  readonly summary: string;
  /** When it was begun. */
  readonly at: string;
  /** How it ended; null: not known yet. */
  readonly outcome: CallOutcome | null;
  /** What says so. */
  readonly source: 'claim' | 'audit' | 'history';
}

/** The calls of these rounds. `id`: of the task that made them. */
export async function effectsOf(
  { paths }: { readonly paths: Paths },
  id: string,
  rounds: readonly Round[],
): Promise<PastEffect[]> {
  const begun = rounds.flatMap(begunCalls);
  if (begun.length === 0) return [];
  const audited = await auditedCalls(paths.audit, id);
  return Promise.all(
    begun.map(async (effect): Promise<PastEffect> => {
      const claimed = await claimTime(paths, id, effect.call);
      const at = claimed ?? audited.get(effect.call)?.timestamp;
      if (at === undefined) return effect;
      return { ...effect, at, source: claimed === undefined ? 'audit' : 'claim' };
    }),
  );
}

// ---

function begunCalls(round: Round): PastEffect[] {
  const reply = lastReply(round.messages);
  const judged = new Map(round.judged.map((one) => [one.call, one]));
  return (reply?.calls ?? []).flatMap((call) => effectOf(round, call, judged.get(call.id)) ?? []);
}

function effectOf(round: Round, call: Call, judged: JudgedCall | undefined): PastEffect | undefined {
  const hasEffect = judged && judged.verdict !== 'refuse' && (judged.replay === 'unsafe' || judged.traces);
  const at = judged?.placement === 'inline' ? round.inlineRan : round.sent.get(call.id)?.at;
  if (!hasEffect || at === undefined) return undefined;
  const outcome = outcomeOf(round, call.id);
  if (outcome === 'refused') return undefined;
  return {
    iteration: round.iteration,
    call: call.id,
    tool: call.name,
    summary: judged.summary ?? visibleLine(`${call.name} · ${quoted(call.args)}`).slice(0, 80),
    at: timestampOf(microsOfMillis(Math.floor(at))),
    outcome,
    source: 'history',
  };
}

function outcomeOf({ messages }: Round, call: string): CallOutcome | null {
  const answer = messages.find((message) => message.role === 'tool' && message.call === call);
  return answer?.role === 'tool' ? answer.outcome : null;
}

async function claimTime({ claims }: Paths, id: string, call: string): Promise<string | undefined> {
  try {
    const { at } = JSON.parse(await readFile(join(claims, fileNameOf(id), call), 'utf8')) as { at?: unknown };
    const millis = typeof at === 'string' ? Date.parse(at) : Number.NaN;
    return Number.isFinite(millis) ? timestampOf(microsOfMillis(millis)) : undefined;
  } catch {
    return undefined;
  }
}

/** The note of each call of the task, by its id; empty where the log is on another host. */
export async function auditedCalls(file: string, id: string): Promise<Map<string, AuditEntry>> {
  const notes = new Map<string, AuditEntry>();
  for await (const { bytes } of linesOf(file, 0)) {
    // Most lines are of other tasks, and parsing takes most of the time.
    if (!bytes.includes(id)) continue;
    const entry = readEntry(bytes);
    if (typeof entry === 'string' || entry.session_id !== id || entry.event_type !== 'tool_call') continue;
    const { call } = entry.metadata;
    if (typeof call === 'string') notes.set(call, entry);
  }
  return notes;
}
