/**
 * The calls with side effects that a task has begun after the last round in its checkpoint, from their claims and the
 * audit log of this host. Without a history the files alone know of them. Reads only.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { adopt } from '../domain/import-checkpoint.js';
import { fileNameOf } from '../domain/task-id.js';
import { renderObservation } from '../domain/text-protocol.js';
import { microsOfMillis, timestampOf } from '../domain/timestamp.js';
import type { CallOutcome } from '../domain/tool.js';
import { visibleLine } from '../domain/visible.js';
import { readCheckpoint } from '../mirror/checkpoint-reader.js';
import type { Paths } from '../mirror/paths.js';
import { auditedCalls, type PastEffect } from './effects.js';

export interface BegunCall {
  readonly call: string;
  /** When it was begun, in milliseconds since 1970. */
  readonly at: number;
  /** Null: the audit log of this host does not have it. */
  readonly tool: string | null;
  /** The tool and what it was to do, as far as it is known. */
  readonly summary: string;
  /** Null: its end was not recorded. */
  readonly result: { readonly outcome: CallOutcome; readonly content: string } | null;
}

/** `checkpoint`: the texts of its messages. Oldest first; a call whose result was shortened in it may be named too. */
export async function begunAfter(paths: Paths, id: string, checkpoint: readonly string[]): Promise<BegunCall[]> {
  const claims = await claimsOf(join(paths.claims, fileNameOf(id)));
  const text = checkpoint.map((one) => `${one}\n`).join('');
  let from = 0;
  let settled = 0;
  for (const [n, { result }] of claims.entries()) {
    const observation = result && `${renderObservation(result.outcome, result.content)}\n`;
    const at = observation ? text.indexOf(observation, from) : -1;
    if (!observation || at < 0) continue;
    from = at + observation.length;
    settled = n + 1;
  }
  const open = claims.slice(settled);
  if (open.length === 0) return [];
  const audited = await auditedCalls(paths.audit, id);
  return open.map(({ call, at, result }) => {
    const { description = `the call ${call}`, metadata } = audited.get(call) ?? {};
    return {
      ...{ call, at, tool: typeof metadata?.tool === 'string' ? metadata.tool : null },
      summary: visibleLine(description).slice(0, SUMMARY_LENGTH),
      result: result && { outcome: result.outcome, content: result.content },
    };
  });
}

/**
 * What a task has done after its checkpoint that cannot be taken back. The files do not say in which iteration: each call
 * has the first one that it can be of.
 */
export async function effectsAfterCheckpoint(paths: Paths, id: string): Promise<PastEffect[]> {
  const read = await readCheckpoint(paths, id);
  if (read.kind !== 'checkpoint') return [];
  const { iterations } = adopt(read.checkpoint);
  const begun = await begunAfter(
    paths,
    id,
    read.checkpoint.messages.map(({ content }) => content),
  );
  return begun
    .filter(({ result }) => result?.outcome !== 'refused')
    .map(({ call, at, tool, summary, result }) => ({
      ...{ iteration: iterations + 1, call, tool: tool ?? 'tool', summary },
      ...{ at: timestampOf(microsOfMillis(at)), outcome: result?.outcome ?? null, source: 'claim' },
    }));
}

// ---

const SUMMARY_LENGTH = 500;
const RESULT = '.result';

interface ClaimOnDisk {
  readonly call: string;
  readonly at: number;
  readonly result: BegunCall['result'];
}

async function claimsOf(directory: string): Promise<ClaimOnDisk[]> {
  const names = await readdir(directory).catch((): string[] => []);
  const calls = names.filter((name) => !name.endsWith(RESULT));
  const claims = await Promise.all(
    calls.map(async (call): Promise<ClaimOnDisk> => {
      const [{ at }, found] = await Promise.all([
        fieldsIn(join(directory, call)),
        fieldsIn(join(directory, `${call}${RESULT}`)),
      ]);
      return { call, at: Date.parse(String(at)) || 0, result: resultIn(found) };
    }),
  );
  return claims.sort((one, other) => one.at - other.at);
}

/** A call that was handed to a workflow of the user has no end here. */
function resultIn({ outcome, content, delegated }: Readonly<Record<string, unknown>>): BegunCall['result'] {
  if (delegated !== undefined || typeof outcome !== 'string' || typeof content !== 'string') return null;
  return { outcome: outcome as CallOutcome, content };
}

async function fieldsIn(path: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return Object(JSON.parse(await readFile(path, 'utf8'))) as Record<string, unknown>;
  } catch {
    return {};
  }
}
