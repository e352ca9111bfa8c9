/** What a batch has come to when all its tasks should have ended: everything that must be 0, counted. */
import { readFileSync } from 'node:fs';
import type { Message } from '../../src/domain/conversation.js';
import { QUERIES, type TaskResult, type TranscriptAnswer } from '../../src/domain/protocol.js';
import { isTerminal } from '../../src/domain/task.js';
import type { TaskFile } from '../../src/domain/wire.js';
import { countLines, type Effects, effectsOf, sumOf } from '../support/effects.js';
import { readLedger } from '../support/ledger.js';
import type { LoggedRequest } from '../support/llm-server.js';
import type { Sighting, Watcher } from '../support/watcher.js';
import { patiently, type Site } from './site.js';

export interface Verdict extends Effects {
  readonly tasks: number;
  /** Without an end, or ended otherwise than with the answer after all iterations. */
  readonly lost: number;
  /** Files that were seen in part. */
  readonly torn: number;
  /** Files that went from an end back to a task that works; null where no reader looked at them all the time. */
  readonly terminalToRunning: number | null;
  /** Files that do not show the end. */
  readonly filesBehind: number;
  /** Accepted replies that the model was asked for again; null where the requests were not compared. */
  readonly askedAgain: number | null;
  /** Effects of calls that no accepted reply has. */
  readonly stray: number;
}

/** The members that must be 0. */
export const FORBIDDEN = [
  'lost',
  'doubled',
  'missing',
  'torn',
  'terminalToRunning',
  'filesBehind',
  'askedAgain',
  'stray',
] as const;

export interface Expected {
  readonly iterations: number;
  readonly watched: Awaited<ReturnType<Watcher['stop']>>;
}

export async function verdictOn(site: Site, { iterations, watched }: Expected): Promise<Verdict> {
  const lines = countLines(readLedger(site.workspace));
  const open = new Set(await site.unfinished());
  const effects: Effects[] = [];
  const known = new Set<string>();
  let [lost, filesBehind, askedAgain] = [0, 0, 0];
  for (const id of site.tasks) {
    const handle = site.client.workflow.getHandle(id);
    const result = open.has(id)
      ? undefined
      : ((await handle.result().catch(() => undefined)) as TaskResult | undefined);
    if (result?.status !== 'Completed' || result.iterations !== iterations) lost++;
    if (!showsEnd(site, id, iterations)) filesBehind++;
    const { messages } = await patiently(() => handle.query<TranscriptAnswer>(QUERIES.transcript));
    effects.push(effectsOf(messages, lines));
    for (const message of messages) {
      if (message.role === 'assistant') for (const { wire_id } of message.calls ?? []) known.add(wire_id);
    }
    const model = site.modelOf(id);
    askedAgain += repeatedReplies(
      messages,
      site.requests.filter((request) => request.model === model),
    );
  }
  return {
    tasks: site.tasks.length,
    ...sumOf(effects),
    ...{ lost, filesBehind, askedAgain },
    torn: watched.torn.length,
    terminalToRunning: site.tasks.filter((id) => goesBack(watched.sightings, site.paths.task(id))).length,
    stray: [...lines.keys()].filter((line) => !known.has(line)).length,
  };
}

// ---

function showsEnd({ paths }: Site, id: string, iterations: number): boolean {
  const file = JSON.parse(readFileSync(paths.task(id), 'utf8')) as TaskFile;
  return file.status === 'Completed' && file.iterations === iterations && file.checkpoint === null;
}

/** Whether the file was seen at an end, and later not. */
export function goesBack(sightings: readonly Sighting[], path: string): boolean {
  const states = sightings.filter((sighting) => sighting.path === path).map(({ text }) => statusIn(text));
  const end = states.findIndex((status) => status !== undefined && isTerminal(status));
  return end >= 0 && states.slice(end).some((status) => status !== undefined && !isTerminal(status));
}

function statusIn(text: string): TaskFile['status'] | undefined {
  try {
    return (JSON.parse(text) as TaskFile).status;
  } catch {
    return undefined;
  }
}

/** Once a reply is accepted, the model is never asked for it again: the last answer to that question is the accepted one. */
export function repeatedReplies(
  messages: readonly Message[],
  requests: readonly Pick<LoggedRequest, 'messages' | 'answer'>[],
): number {
  const replies = messages.filter(({ role }) => role === 'assistant');
  const asked = requests.map(({ messages: sent, answer }) => ({
    accepted: sent.filter(({ role }) => role === 'assistant').length,
    content: (answer as { content?: string } | undefined)?.content,
  }));
  return replies.filter(({ content }, n) => asked.findLast(({ accepted }) => accepted === n)?.content !== content)
    .length;
}
