/** The hand-over of an unsafe call to the workflow, seen from its activity: one run of the workflow gets it, and no other. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { AdmittedTask } from '../../activities/admission.js';
import { handOver, recordEnd } from '../../activities/delegate.js';
import type { ActivityDeps } from '../../activities/ports.js';
import { createClaims } from '../../src/tools/claims.js';
import { activityTool } from '../../src/tools/delegated.js';
import type { Tool } from '../../src/tools/tool.js';

let directory: string;
let notes: string[];
let deps: ActivityDeps;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rookery-delegate-'));
  notes = [];
  deps = {
    claims: createClaims(directory),
    redact: (text: string) => text.replace('sk-1', '[key]'),
    suspect: () => undefined,
    audit: { note: async ({ type, description }) => void notes.push(`${type} ${description}`) },
  } as Partial<ActivityDeps> as ActivityDeps;
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const common = { description: 'd', parameters: z.strictObject({}), activity: 'pay' };
const pay = activityTool({ ...common, name: 'pay', effect: 'network' }) as Tool;
const look = activityTool({ ...common, name: 'look', effect: 'read' }) as Tool;
const task = { id: 'task-1' } as AdmittedTask;
const callOf = (tool: Tool) => ({ id: 'call-1', wire_id: 'a', name: tool.name, args: {} });

const hand = (run: string, tool = pay) =>
  new MockActivityEnvironment({ workflowExecution: { workflowId: task.id, runId: run } }).run(() =>
    handOver(
      { deps, task, call: callOf(tool), tool, args: {}, inherited: false },
      tool.delegate as NonNullable<Tool['delegate']>,
    ),
  );
const record = (outcome: 'ok' | 'failed' | 'unknown', content: string, tool: Tool | undefined = pay) =>
  recordEnd({ deps, task, call: callOf(tool ?? pay), tool }, { outcome, content });
const unknown = { kind: 'ran', observation: { outcome: 'unknown', content: expect.stringContaining('unknown') } };

describe('an unsafe call', () => {
  test('is handed over again in the same run, where its first result was lost, and noted once', async () => {
    expect(await hand('run-1')).toMatchObject({
      kind: 'delegate',
      to: { activity: 'pay', retry: { maximumAttempts: 1 } },
    });
    expect(await hand('run-1')).toMatchObject({ kind: 'delegate' });
    expect(notes).toEqual(['tool_call pay {}']);
  });

  test('is not handed to another run: its outcome is unknown, and stays so', async () => {
    await hand('run-1');
    expect(await hand('run-2')).toMatchObject(unknown);
    expect(await hand('run-1')).toMatchObject(unknown);
  });

  test('that was claimed and not handed over counts as interrupted', async () => {
    await deps.claims.claim(task.id, 'call-1');
    expect(await hand('run-1')).toMatchObject(unknown);
  });

  test('whose end is recorded has that end in every run', async () => {
    await hand('run-1');
    const observation = await record('ok', 'paid with sk-1');
    expect(observation).toMatchObject({
      outcome: 'ok',
      content: expect.stringMatching(/untrusted.*\npaid with \[key\]$/s),
    });
    expect(await record('failed', 'again')).toEqual(observation);
    for (const run of ['run-1', 'run-2']) expect(await hand(run)).toEqual({ kind: 'ran', observation });
    expect(notes).toEqual(['tool_call pay {}', 'tool_result ok']);
  });
});

test('a safe call is handed over to every run, and leaves no claim', async () => {
  for (const run of ['run-1', 'run-2']) expect(await hand(run, look)).toMatchObject({ kind: 'delegate' });
  expect(await record('ok', 'seen', look)).toMatchObject({ content: 'seen' });
  expect(await deps.claims.claim(task.id, 'call-1')).toEqual({ kind: 'fresh' });
});

test('the end of a tool that this worker does not have counts as untrusted', async () => {
  const tool = undefined;
  expect(await recordEnd({ deps, task, call: callOf(pay), tool }, { outcome: 'ok', content: 'x' })).toMatchObject({
    content: expect.stringContaining('[from pay: untrusted content'),
  });
});
