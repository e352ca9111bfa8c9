/** The page on the protocol: its programs are those of the repository, sign as Rookery does, and run. */
import { execFile, execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canonical } from '../../src/domain/canonical-json.js';
import { MEMO_PHASE, QUERIES, SIGNALS, TASK_QUEUE, WORKFLOW_TYPE } from '../../src/domain/protocol.js';
import { MEMO_FROM, MEMO_HOST, MEMO_PROGRESS, MEMO_TASK } from '../../src/domain/task-memo.js';
import { inOrder } from '../support/book.js';
import { conversationOf, gateIn } from '../support/gate.js';
import { ledgerCall } from '../support/ledger.js';
import { testCli } from '../support/own-server.js';
import { LONG, SCALE, SEEDS } from '../support/random.js';
import { type Rig, startRig } from '../support/rig.js';
import { until } from '../support/until.js';
import { fieldsOf, firstCells, namesIn, objectIn, rowOf } from './fields.js';
import { GO_MODULE, hasGo, hasGoModules, hasPython, PYTHON_SDK, pythonWithSdk } from './languages.js';

const PAGE = readFileSync('docs/protocol.md', 'utf8');
const PROGRAMS = [
  'python/rookery.py',
  'python/start.py',
  'python/approve.py',
  'python/send.py',
  'go/rookery/sign.go',
  'go/start/main.go',
  'temporal.sh',
];

describe('the page', () => {
  test.each(PROGRAMS)('has %s as it is', (name) => {
    const [, text] = PAGE.split(new RegExp(`\`test/protocol/${name}\`:\\n\\n\`\`\`[a-z]+\\n`));
    expect(text?.split('\n```\n', 1)[0]).toBe(readFileSync(`test/protocol/${name}`, 'utf8').trimEnd());
  });

  test('names everything that a client uses, and the versions that the test installs', () => {
    const names = [WORKFLOW_TYPE, TASK_QUEUE, ...Object.values(SIGNALS), ...Object.values(QUERIES)];
    for (const name of [...names, MEMO_TASK, MEMO_HOST, MEMO_PROGRESS, MEMO_FROM])
      expect(PAGE).toContain(`\`${name}\``);
    expect(PAGE).toContain(`\`${PYTHON_SDK.split('==')[0]}\` ${PYTHON_SDK.split('==')[1]}`);
    const sdk = /go\.temporal\.io\/sdk (v\S+)/.exec(readFileSync(join(GO_MODULE, 'go.mod'), 'utf8'))?.[1];
    expect(PAGE).toContain(`\`go.temporal.io/sdk\` ${sdk}`);
  });
});

describe('the page names each field', () => {
  const section = (title: string): string => PAGE.split(`\n${title}\n`)[1]?.split(/\n##+ /)[0] ?? '';
  const queries = section('## Queries');
  const sorted = (names: readonly string[]): string[] => [...names].sort();

  test('of the input, and of what it continues', () => {
    const limits = fieldsOf('limits', 'Limits').map((name) => `limits.${name}`);
    const input = fieldsOf('protocol', 'TaskInput').filter((name) => name !== 'limits');
    expect(sorted(firstCells(section('## Input')))).toEqual(sorted([...input, ...limits]));
    const continues = section('### Continuing');
    expect(sorted(firstCells(continues))).toEqual(sorted(fieldsOf('continues', 'Continues')));
    expect(namesIn(objectIn(rowOf(continues, 'from')))).toEqual(fieldsOf('continues', 'ContinuedFrom'));
    expect(sorted(namesIn(objectIn(rowOf(continues, 'calls'))))).toEqual(sorted(fieldsOf('continues', 'OpenCall')));
    expect(namesIn(objectIn(rowOf(section('## Input'), 'worktree')))).toEqual(fieldsOf('protocol', 'WorktreeStart'));
  });

  test.each<[query: string, after: string, from: string, types: readonly string[]]>([
    ['status', '', 'protocol', ['StatusAnswer']],
    ['status', '`record` is', 'task', ['TaskRecord']],
    ['status', '`move` is', 'host-change', ['MoveAnswer']],
    ['approvals', '', 'messages', ['ApprovalsAnswer']],
    ['approvals', '[', 'messages', ['Ask', 'Approval']],
    ['inbox', '', 'control', ['InboxAnswer']],
    ['inbox', '`messages`:', 'control', ['MessageReceipt']],
    ['inbox', '`paused`:', 'control', ['Paused']],
    ['inbox', '`limit`:', 'control', ['ReachedLimit']],
    ['transcript', '', 'protocol', ['TranscriptAnswer']],
  ])('of the answer to %s %s', (query, after, from, types) => {
    const shown = namesIn(objectIn(rowOf(queries, query), after));
    expect(sorted(shown)).toEqual(sorted(types.flatMap((type) => fieldsOf(from, type))));
  });

  test('of the memo', () => {
    const shown = (name: string): string[] => sorted(namesIn(objectIn(rowOf(queries, name))));
    const submission = [...fieldsOf('task-memo', 'Submission'), ...fieldsOf('task-about', 'TaskAbout')];
    expect(shown(MEMO_TASK)).toEqual(sorted(submission));
    expect(shown(MEMO_PROGRESS)).toEqual(sorted(fieldsOf('task-memo', 'TaskProgress')));
    const lineage = [...fieldsOf('continues', 'ContinuedFrom'), ...fieldsOf('continues', 'Lineage')];
    expect(shown(MEMO_FROM)).toEqual(sorted(lineage));
    expect(firstCells(queries)).toEqual(expect.arrayContaining([MEMO_PHASE, MEMO_TASK, MEMO_HOST, MEMO_PROGRESS]));
  });

  test('of the input that a worker takes', () => {
    const known = fieldsOf('protocol', 'TaskInput');
    const [, checked = ''] =
      readFileSync('src/domain/task-input.ts', 'utf8').match(/^const otherFields = \{\n([\s\S]*?)^\};/m) ?? [];
    const fields = [...checked.matchAll(/^ {2}(\w+)[:,]/gm)].map(([, name = '']) => name);
    expect(sorted([...fields, 'provider', 'fallback'])).toEqual(sorted(known));
  });
});

describe.each(SEEDS)('seed %i', (seed) => {
  const samples = fc.sample(
    fc.tuple(fc.stringMatching(/^[0-9a-f]{64}$/), fc.array(fc.jsonValue({ stringUnit: 'binary' }))),
    {
      numRuns: Math.round(2_000 * SCALE),
      seed,
    },
  );
  const fixed: [string, unknown[]][] = [
    [
      '00'.repeat(32),
      ['start', 'default', 'an id', { 10: 1, 9: 2, a: 3, '\u{1F333}': 4, '\uffff': 5 }, { nonce: '\u2028\\u2028<&>' }],
    ],
    ['ff'.repeat(32), [[0.1, 1e21, 1e-7, 123456789012345680000, 5e-324, 1.5e300, 0.000001, 100, -2.5], null, true]],
  ];
  const given = [...fixed, ...samples].map(([key, parts]) => ({ key, parts }));
  const lines = given.map((one) => JSON.stringify(one)).join('\n');
  const expected = given.map(({ key, parts }) => {
    const text = canonical(parts);
    return [createHmac('sha256', Buffer.from(key, 'hex')).update(text).digest('hex'), text];
  });
  const answers = (text: string): unknown =>
    text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));

  test.skipIf(!hasPython())('Python makes the same codes of the same values', () => {
    const given = { input: lines, encoding: 'utf8', maxBuffer: 1e8 } as const;
    expect(answers(execFileSync('python3', ['test/protocol/python/macs.py'], given))).toEqual(expected);
  });

  test.skipIf(!hasGo())('Go makes the same codes of the same values', () => {
    const ran = execFileSync('go', ['run', './macs'], {
      cwd: GO_MODULE,
      input: lines,
      encoding: 'utf8',
      maxBuffer: 1e8,
    });
    expect(answers(ran)).toEqual(expected);
  });
});

describe('a program', () => {
  const python = pythonWithSdk();
  const withGo = LONG && hasGoModules();
  let rig: Rig;
  let scratch: string;
  let env: NodeJS.ProcessEnv;
  beforeAll(async () => {
    rig = await startRig();
    scratch = mkdtempSync(join(tmpdir(), 'rookery-protocol-'));
    writeFileSync(join(rig.workspace, 'notes.txt'), 'Some notes.\n');
    const bin = join(scratch, 'rookery');
    writeFileSync(bin, `#!/bin/sh\nexec '${process.execPath}' '${resolve('dist/src/cli/main.js')}' "$@"\n`);
    chmodSync(bin, 0o755);
    symlinkSync((await testCli()).path, join(scratch, 'temporal'));
    env = {
      ...process.env,
      PATH: `${scratch}:${process.env.PATH}`,
      TEMPORAL_ADDRESS: rig.address,
      TEMPORAL_NAMESPACE: rig.namespace,
      ROOKERY_SIGNING_KEY_FILE: rig.paths.signingKey,
      ROOKERY_WORKDIR: join(scratch, 'data'),
      ROOKERY_WORKSPACE: rig.workspace,
      ROOKERY_PROVIDER: 'demo',
      XDG_CONFIG_HOME: join(scratch, 'config'),
      PYTHONDONTWRITEBYTECODE: '1',
    };
  });
  afterAll(async () => {
    await rig.stop();
    rmSync(scratch, { recursive: true, force: true });
  });

  const run = (program: string, args: readonly string[], cwd = '.') => promisify(execFile)(program, args, { cwd, env });

  /** On a busy machine Python's SDK may crash while the interpreter ends: a signal, after all was done and printed. */
  const runPython = (program: string, ...words: string[]) =>
    run(String(python), [program, ...words]).catch((error: { stdout: string; stderr: string; signal?: string }) => {
      if (error.signal) return error;
      throw error;
    });

  test.skipIf(!python)('in Python starts a task and prints its result', async () => {
    const { stdout, stderr } = await runPython('test/protocol/python/start.py', 'What is here?');
    expect(stdout).toContain('notes.txt');
    expect(stderr).toMatch(/^[0-9a-f-]{36} (queued|thinking|done)\n/);
  });

  test.skipIf(!python)('in Python names the failure of a start that is signed with another key', async () => {
    const other = join(scratch, 'other.key');
    writeFileSync(other, '00'.repeat(32), { mode: 0o600 });
    const options = { env: { ...env, ROOKERY_SIGNING_KEY_FILE: other } };
    const ran = promisify(execFile)(String(python), ['test/protocol/python/start.py', 'Refused.'], options);
    await expect(ran).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('StartRefused') });
  });

  test.skipIf(!python)('in Python approves a call, and the task continues', async () => {
    const { name, args } = ledgerCall('from Python');
    const task = await rig.start(inOrder({ calls: [{ id: 'a', name, args }] }, { content: 'Done.' }));
    await until(async () => (await task.status()).phase === 'waiting_approval', { what: 'the task waits' });
    expect((await runPython('test/protocol/python/approve.py', task.id)).stdout).toContain(name);
    expect(await task.result()).toMatchObject({ status: 'Completed', iterations: 2 });
  });

  test.skipIf(!python)('in Python says something to a task, which continues with it after its answer', async () => {
    const gate = gateIn(rig, 'python');
    const task = await rig.start(inOrder(gate.reply, { content: 'First.' }, { content: 'Second.' }), {
      allow: ['shell'],
    });
    await gate.reached();
    const { stdout } = await runPython('test/protocol/python/send.py', task.id, 'And in Python?');
    expect(stdout).toMatch(/^[0-9a-f-]{36} accepted None\n$/);
    gate.open();
    expect(await task.result()).toMatchObject({ result: 'Second.' });
    expect(conversationOf(task, 3).at(-1)).toBe('user: And in Python?');
  });

  test.skipIf(!withGo)('in Go starts a task and prints its result', async () => {
    const { stdout } = await run('go', ['run', './start', 'What is here?'], GO_MODULE);
    expect(stdout).toContain('notes.txt');
  });

  test('of the temporal command starts a task with a signed input, and prints its result and state', async () => {
    const { stdout } = await run('sh', ['-eu', 'test/protocol/temporal.sh']);
    expect(stdout).toContain('notes.txt');
    expect(stdout).toContain('Completed');
    expect(stdout).toContain('"phase":"done"');
  });
});
