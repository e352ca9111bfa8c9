/** One unsafe call, seen from its activity: whatever comes again, the tool does not. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Activities, createActivities } from '../../activities/index.js';
import type { ActivityDeps } from '../../activities/ports.js';
import type { RunToolResult } from '../../src/domain/activity-calls.js';
import type { Message } from '../../src/domain/conversation.js';
import type { RookeryError } from '../../src/domain/errors.js';
import { WORKFLOW_TYPE } from '../../src/domain/protocol.js';
import { workdirError } from '../../src/files/errors.js';
import { allowsSecrets, judge, offered } from '../../src/policy/judge.js';
import { createTools, parseArgs, toSpec } from '../../src/tools/catalogue.js';
import { createClaims } from '../../src/tools/claims.js';
import { createSeenFiles } from '../../src/tools/seen-files.js';
import { PLAIN } from '../policy/support.js';
import { readLedger } from '../support/ledger.js';
import { until } from '../support/until.js';

let workspace: string;
beforeEach(async () => {
  workspace = await mkdtemp(join(tmpdir(), 'rookery-run-tool-'));
});
afterEach(() => rm(workspace, { recursive: true, force: true }));

const TASK = 'task-1';
const TOOLS = await createTools({ env: {} });

/** Everything real that this activity uses; what it must not use is missing. */
function deps(more: Partial<ActivityDeps> = {}): ActivityDeps {
  return {
    verifier: {
      verifyStart: () => true,
      verifyAgent: () => false,
      verifyMessage: () => false,
      problemOfDecision: () => 'not signed',
    },
    parseInput: (input) => input,
    unsigned: 'refuse',
    workspace,
    workspaces: { directoryOf: () => undefined, begin: async () => undefined },
    host: 'rookery@test',
    searchable: () => [],
    notifier: { events: [], tell: async () => undefined },
    defaultChoice: { provider: 'demo', model: 'demo' },
    tools: {
      all: TOOLS,
      find: (name) => TOOLS.get(name),
      whenReady: async () => undefined,
      whyUnavailable: () => undefined,
      spec: toSpec,
      parse: parseArgs,
      killLeftovers: async () => undefined,
      interrupted: () => [],
      isAlive: () => false,
      endBackground: async () => undefined,
    },
    policy: {
      judge: async ({ tool, args, ...question }) =>
        judge(
          { rules: [] },
          { ...question, tool, touches: tool.touches(args), own: [], sandboxed: false, surroundings: PLAIN },
        ),
      offered: (tools, { authority }) => offered({ rules: [] }, tools, authority),
      allowsSecrets,
      reachable: () => [],
    },
    claims: createClaims(join(workspace, 'claims')),
    seenFiles: createSeenFiles((task) => join(workspace, `${task}~seen`)),
    running: { note: () => ({ done: () => undefined }) },
    metrics: { recordLookup: () => undefined, recordRun: () => undefined },
    observer: { tool: (_task, _call, work) => work() },
    backoffMs: 1,
    redact: (text: string) => text,
    suspect: () => undefined,
    audit: { note: async () => undefined },
    ...more,
  } as ActivityDeps;
}

interface Attempt {
  readonly call: string;
  readonly attempt?: number;
  readonly allow?: readonly string[];
  readonly command?: string;
  /** The call that the reply holds, where it is another. */
  readonly asked?: string;
}

/** An attempt at a call, in an activity as the server would start it. */
function attempt(
  { runTool }: Activities,
  { call, attempt: number = 1, allow = ['shell'], command, asked = call }: Attempt,
) {
  const environment = new MockActivityEnvironment({
    attempt: number,
    inWorkflow: true,
    workflowType: WORKFLOW_TYPE,
    workflowExecution: { workflowId: TASK, runId: randomUUID() },
  });
  const args = { command: command ?? 'echo line >> ledger.txt; echo out' };
  const reply: Message = { role: 'assistant', content: '', calls: [{ id: asked, wire_id: 'a', name: 'shell', args }] };
  const input = { state: 'token', whole: 1, start: { prompt: 'x', allow }, call };
  return { environment, result: environment.run(runTool, input, [reply]) as Promise<RunToolResult> };
}

test('the first attempt runs the tool and keeps its result; further ones return it', async () => {
  const made = deps();
  const call = randomUUID();
  const first = await attempt(createActivities(made), { call }).result;
  expect(first).toEqual({ kind: 'ran', observation: { call, outcome: 'ok', content: 'out\n' } });
  for (const number of [1, 2, 7])
    expect(await attempt(createActivities(made), { call, attempt: number }).result).toEqual(first);
  expect(readLedger(workspace)).toEqual(['line']);
});

test('a second attempt without a result runs nothing: its outcome is unknown, and stays so', async () => {
  const made = deps();
  const call = randomUUID();
  const second = await attempt(createActivities(made), { call, attempt: 2 }).result;
  expect(second).toMatchObject({ observation: { outcome: 'unknown' } });
  expect(await attempt(createActivities(made), { call }).result).toEqual(second);
  expect(readLedger(workspace)).toEqual([]);
});

test('a claim of a dead process runs nothing', async () => {
  const made = deps();
  const call = randomUUID();
  await made.claims.claim(TASK, call);
  const found = await attempt(createActivities(made), { call }).result;
  expect(found).toMatchObject({ observation: { outcome: 'unknown', content: expect.stringContaining('unknown') } });
  expect(readLedger(workspace)).toEqual([]);
});

test('the verdict is taken again: a call that must be asked for is not run, and not claimed', async () => {
  const call = randomUUID();
  const asked = await attempt(createActivities(deps()), { call, allow: [] }).result;
  expect(asked).toMatchObject({ kind: 'ask', reason: expect.stringContaining('without a sandbox') });
  expect(readLedger(workspace)).toEqual([]);
  await expect(readFile(join(workspace, 'claims', TASK, call))).rejects.toThrow('ENOENT');
});

test('a call that the last reply did not ask for runs nothing', async () => {
  const { result } = attempt(createActivities(deps()), { call: randomUUID(), asked: randomUUID() });
  await expect(result).rejects.toThrow('requests no call');
  expect(readLedger(workspace)).toEqual([]);
});

test('a claim that cannot be written runs nothing', async () => {
  const made = deps({ claims: createClaims('/proc/rookery-claims') });
  await expect(attempt(createActivities(made), { call: randomUUID() }).result).rejects.toThrow('/proc/rookery-claims');
  expect(readLedger(workspace)).toEqual([]);
});

/** What the file system says when it is full, in the words of the claims. */
function fullDisk(): RookeryError {
  return workdirError('claim a call in', 'x', Object.assign(new Error('full'), { code: 'ENOSPC' }));
}

test('a full disk delays the claim: the call runs once when there is space, and is noted once', async () => {
  const claims = createClaims(join(workspace, 'claims'));
  const noted: string[] = [];
  let failures = 2;
  const made = deps({
    audit: { note: async ({ type }) => void noted.push(type) },
    claims: {
      ...claims,
      async claim(task, call, alongside) {
        if (failures-- === 0) return claims.claim(task, call, alongside);
        await alongside?.();
        throw fullDisk();
      },
    },
  });
  const call = randomUUID();
  const found = await attempt(createActivities(made), { call }).result;
  expect(found).toMatchObject({ observation: { outcome: 'ok', content: 'out\n' } });
  expect(readLedger(workspace)).toEqual(['line']);
  expect(noted.filter((type) => type === 'tool_call')).toHaveLength(1);
});

test('a result that a full disk does not take is reported all the same', async () => {
  const claims = createClaims(join(workspace, 'claims'));
  const made = deps({ claims: { ...claims, finish: async () => Promise.reject(fullDisk()) } });
  const found = await attempt(createActivities(made), { call: randomUUID() }).result;
  expect(found).toMatchObject({ observation: { outcome: 'ok', content: 'out\n' } });
});

test('two attempts at once share one run of the tool', async () => {
  const activities = createActivities(deps());
  const call = randomUUID();
  const command = 'echo line >> ledger.txt; sleep 0.3; echo out';
  const both = [1, 2].map((number) => attempt(activities, { call, attempt: number, command }).result);
  const [first, second] = await Promise.all(both);
  expect(first).toMatchObject({ observation: { outcome: 'ok', content: 'out\n' } });
  expect(second).toEqual(first);
  expect(readLedger(workspace)).toEqual(['line']);
});

test('a cancel ends the tool, and its outcome is kept as unknown', async () => {
  const made = deps();
  const call = randomUUID();
  const command = 'echo line >> ledger.txt; sleep 60; echo end >> ledger.txt';
  const { environment, result } = attempt(createActivities(made), { call, command });
  await until(() => readLedger(workspace).length === 1, { what: 'the tool runs' });
  environment.cancel();
  await expect(result).rejects.toThrow();
  expect(await made.claims.claim(TASK, call)).toMatchObject({ kind: 'finished', observation: { outcome: 'unknown' } });
  expect(readLedger(workspace)).toEqual(['line']);
});
