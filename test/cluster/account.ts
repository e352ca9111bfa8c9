/**
 * What the run has come to, read afterwards: ends and transcripts from Temporal, effects from the ledgers, files from the
 * hosts, and from the histories how often a worker had the conversation that it was asked for.
 */
import { readFileSync } from 'node:fs';
import type { Client } from '@temporalio/client';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import type { Base, IterateResult } from '../../src/domain/activity-calls.js';
import type { TaskResult, TranscriptAnswer } from '../../src/domain/protocol.js';
import { QUERIES } from '../../src/domain/protocol.js';
import type { TaskFile } from '../../src/domain/wire.js';
import { type Effects, effectsOf } from '../support/effects.js';
import { eventsOf, runsOf } from '../support/history.js';
import type { Host } from './hosts.js';

export interface Sends {
  readonly iterations: number;
  /** Activities that named a conversation by its token, and were answered. */
  readonly lookups: number;
  readonly hits: number;
  /** The conversation was sent whole. */
  readonly whole: number;
}

export interface TaskAccount {
  readonly id: string;
  readonly status: string;
  readonly iterations: number;
  readonly effects: Effects;
  readonly sends: Sends;
  /** A host has the file of this end. */
  readonly inFiles: boolean;
}

export interface Sources {
  readonly client: Client;
  readonly hosts: readonly Host[];
  /** Of the ledgers of all hosts. */
  readonly lines: ReadonlyMap<string, number>;
}

export async function accountOf(id: string, { client, hosts, lines }: Sources): Promise<TaskAccount> {
  const handle = client.workflow.getHandle(id);
  const { status } = await handle.describe();
  const result = (await handle.result().catch(() => undefined)) as TaskResult | undefined;
  const { messages } = await handle.query<TranscriptAnswer>(QUERIES.transcript);
  return {
    id,
    status: status.name,
    iterations: result?.iterations ?? 0,
    effects: effectsOf(messages, lines),
    sends: await sendsOf(client, id),
    inFiles: hosts.some(({ paths }) => fileStatus(paths.task(id)) === result?.status),
  };
}

// ---

function fileStatus(path: string): string | undefined {
  try {
    return (JSON.parse(readFileSync(path, 'utf8')) as TaskFile).status;
  } catch {
    return undefined;
  }
}

async function sendsOf(client: Client, id: string): Promise<Sends> {
  const sends = { iterations: 0, lookups: 0, hits: 0, whole: 0 };
  for (const run of await runsOf(client, id)) {
    const asked = new Map<string, Base>();
    for (const event of await eventsOf(client, id, run)) {
      const scheduled = event.activityTaskScheduledEventAttributes;
      const completed = event.activityTaskCompletedEventAttributes;
      if (scheduled) {
        const base = (await decoded(client, scheduled.input?.payloads?.[0])) as Base;
        asked.set(String(event.eventId), base);
        if (base.state !== null && base.whole !== undefined) sends.whole++;
      } else if (completed) {
        const answer = (await decoded(client, completed.result?.payloads?.[0])) as IterateResult;
        const base = asked.get(String(completed.scheduledEventId));
        if (answer.kind === 'accepted') sends.iterations++;
        if (!base?.state || base.whole !== undefined || answer.kind === 'elsewhere') continue;
        sends.lookups++;
        if (answer.kind !== 'needed') sends.hits++;
      }
    }
  }
  return sends;
}

async function decoded(client: Client, payload: Payload | null | undefined): Promise<unknown> {
  if (!payload) return {};
  let payloads: Payload[] = [payload];
  for (const codec of client.options.loadedDataConverter.payloadCodecs) payloads = await codec.decode(payloads);
  return defaultPayloadConverter.fromPayload(payloads[0] as Payload);
}
