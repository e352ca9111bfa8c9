/**
 * A damaged database of the embedded server, with tasks in every state: one sentence names the repair, the repair keeps
 * what was there, and every task comes to its end without an unsafe call that runs twice.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { Listed } from '../../src/manager/list.js';
import { stopServer } from '../../src/server/embedded.js';
import { serverFiles } from '../../src/server/files.js';
import { inOrder, type ModelScript } from '../support/book.js';
import { DAMAGES, type DamageKind, damage } from '../support/damage.js';
import type { LlmRequest } from '../support/llm-server.js';
import { chance, LONG, SCALE, SEEDS } from '../support/random.js';
import { until } from '../support/until.js';
import { type Bench, openBench, type Ran } from './support.js';

const SEED = SEEDS.at(-1) ?? 1;
const KINDS: readonly DamageKind[] = LONG ? DAMAGES : ['zeroed pages'];
const KILLS = Math.max(1, Math.round(20 * SCALE));
const STEPS = 4;

let bench: Bench;
let questionFlags: string[];
afterEach(() => bench.close());

interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly message: string;
  readonly fix?: string;
}

interface Tasks {
  readonly steps: string;
  readonly question: string;
  readonly paused: string;
  readonly interrupted: string;
  readonly done: string;
}

const said = ({ messages }: LlmRequest): string => JSON.stringify(messages);
const shell = (n: number, command: string) => ({ calls: [{ id: `call-${n}`, name: 'shell', args: { command } }] });

interface Hold {
  asked: boolean;
  readonly end: Promise<void>;
}

/** Goes on after the last result that it is told of. The reply after the second step waits for the hold, once. */
function stepping(ledger: string, hold: Hold): ModelScript {
  return async (request) => {
    const n = Math.max(0, ...[...said(request).matchAll(/done-(\d+)/g)].map(([, step]) => Number(step))) + 1;
    const isHeld = n === 3 && !hold.asked;
    hold.asked ||= n === 3;
    if (isHeld) await hold.end;
    if (n > STEPS) return { content: 'All steps are done.' };
    // As it is told to, it looks before it repeats a call whose outcome is unknown.
    const look = /outcome (is )?unknown/.test(said(request)) ? `grep -qx ${n} ${ledger} || ` : '';
    return shell(n, `(${look}echo ${n} >> ${ledger}) && echo "done-$((${n}))"`);
  };
}

const asking: ModelScript = (request) =>
  said(request).includes('[the person')
    ? { content: 'It is blue.' }
    : // The same question ten times over would be a model that repeats itself.
      { calls: [{ id: 'ask', name: 'ask_user', args: { question: `Which colour? (${request.messages.length})` } }] };

const interrupted: ModelScript = (request) =>
  said(request).includes('its outcome is unknown')
    ? { content: 'I was told.' }
    : shell(1, 'echo 1 >> interrupted; touch running; sleep 300');

const phaseOf = (id: string): string | undefined =>
  existsSync(bench.paths.wait(id)) ? JSON.parse(readFileSync(bench.paths.wait(id), 'utf8')).phase : undefined;
const ledger = (name: string): string => readFileSync(join(bench.workspace, name), 'utf8');

async function tasksInEveryState(): Promise<Tasks> {
  const never: Hold = { asked: false, end: new Promise(() => undefined) };
  let release = (): void => undefined;
  const untilPaused: Hold = { asked: false, end: new Promise((end) => (release = end)) };
  const stepsFlags = bench.model(stepping('steps', never));
  questionFlags = bench.model(asking);
  const pausedFlags = bench.model(stepping('paused', untilPaused));
  const done = await bench.submit(bench.model(inOrder({ content: 'Done.' })));
  const tasks: Tasks = {
    done,
    // What they have read is not known afterwards: their commands would wait for an approval.
    steps: await bench.submit([...stepsFlags, '--allow', 'shell', '--yes', '--name', 'stepper']),
    question: await bench.submit(questionFlags),
    paused: await bench.submit([...pausedFlags, '--allow', 'shell', '--yes']),
    interrupted: await bench.submit([...bench.model(interrupted), '--allow', 'shell']),
  };
  await until(() => never.asked && untilPaused.asked, { timeoutMs: 30_000, what: 'two steps are done' });
  await until(() => phaseOf(tasks.question) === 'waiting_question', { timeoutMs: 30_000, what: 'the question waits' });
  await bench.run(['pause', tasks.paused, '--reason', 'Not now.']);
  release();
  await until(() => phaseOf(tasks.paused) === 'paused', { timeoutMs: 30_000, what: 'it is paused' });
  await until(() => existsSync(join(bench.workspace, 'running')), { timeoutMs: 30_000, what: 'the command runs' });
  await until(() => bench.file(done).status === 'Completed', { timeoutMs: 30_000, what: 'one task has ended' });
  return tasks;
}

/** The worker, if there is one, dies at once; the server ends in order, so that its database is whole. */
async function stopAll(): Promise<void> {
  try {
    process.kill(JSON.parse(readFileSync(bench.paths.workerState, 'utf8')).pid, 'SIGKILL');
  } catch {
    // The repair that was killed had not started one.
  }
  await stopServer(bench.paths.workdir);
}

async function usedTokens(id: string): Promise<number> {
  const { tasks } = await bench.json<Listed>(['list']);
  return tasks.find((task) => task.id === id)?.detail.usage?.total_tokens ?? 0;
}

async function comesToItsEnd(
  { steps, question, paused, interrupted: told, done }: Tasks,
  before: number,
): Promise<void> {
  const finish = async (id: string): Promise<void> => {
    const ran = await bench.run(['wait', id, '--timeout', '60s']);
    expect(ran, ran.stderr).toMatchObject({ code: 0 });
  };
  await finish(steps);
  expect(await usedTokens(steps)).toBeGreaterThan(before);
  await finish(told);
  expect(bench.file(told).result).toBe('I was told.');
  // The note of its wait may be from before the last repair.
  const asks = async (): Promise<boolean> =>
    (await bench.run(['approvals', question, '--json'])).stdout.includes('colour');
  await until(asks, { timeoutMs: 30_000, what: 'the question is asked again' }).catch(async (error: unknown) => {
    throw new Error(`${(error as Error).message}: ${await stateOf(question)}`);
  });
  expect(bench.requests(questionFlags)).toBeGreaterThanOrEqual(2);
  const answered = await bench.run(['answer', question, 'blue']);
  expect(answered, answered.stderr).toMatchObject({ code: 0 });
  await finish(question);
  expect(ledger('paused')).toBe('1\n2\n');
  expect(await bench.run(['unpause', paused])).toMatchObject({ code: 0 });
  await finish(paused);
  for (const name of ['steps', 'paused']) expect(ledger(name)).toBe('1\n2\n3\n4\n');
  expect(ledger('interrupted')).toBe('1\n');
  expect(bench.file(done)).toMatchObject({ status: 'Completed', result: 'Done.' });
}

/** For a failure: what became of a task, and who could run it. */
async function stateOf(id: string): Promise<string> {
  const { status, error, iterations } = bench.file(id);
  const log = readFileSync(join(bench.paths.logs, 'worker.log'), 'utf8').split('\n').slice(-20);
  const { stdout } = await bench.run(['status', id, '--json']);
  return JSON.stringify({ status, error, iterations, phase: phaseOf(id), shown: stdout, workers: workersOf(), log });
}

/** The worker processes of the work directory. */
function workersOf(): string[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const commands = pids.flatMap((pid) => {
    try {
      return [`${pid} ${readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')}`];
    } catch {
      return [];
    }
  });
  return commands.filter((command) => command.includes(bench.paths.workdir) && command.includes(' worker '));
}

function onlySentence({ stderr }: Ran): string {
  return stderr.trimEnd().split('\n').at(-1) ?? '';
}

async function doctor(...flags: string[]): Promise<{ code: number | null; checks: Check[]; stderr: string }> {
  const { code, stdout, stderr } = await bench.run(['doctor', '--json', ...flags]);
  return { code, stderr, checks: (JSON.parse(stdout) as { checks: Check[] }).checks };
}

const contentOf = (checks: readonly Check[]): Check | undefined =>
  checks.find(({ name }) => name === 'database content');

test.each(KINDS)('%s: a sentence, the repair, and every task ends', async (kind) => {
  bench = await openBench();
  const tasks = await tasksInEveryState();
  const before = await usedTokens(tasks.steps);
  expect(contentOf((await doctor()).checks)).toBeUndefined();
  await stopAll();
  const { database, directory } = serverFiles(bench.paths.workdir);
  damage(database, kind, chance(SEED));

  const SENTENCE = /^The database \S+ of the Temporal server is damaged: [^.]+\. Run `rookery doctor --fix`: /;
  for (const args of [['up', '-d'], ['submit', '--provider', 'demo', 'hi'], ['resume'], ['cancel', tasks.steps]]) {
    const ran = await bench.run(args);
    expect(ran, args.join(' ')).toMatchObject({ code: 6, stdout: '' });
    expect(onlySentence(ran)).toMatch(SENTENCE);
  }
  const found = await doctor();
  expect(found.code).toBe(6);
  expect(contentOf(found.checks)).toMatchObject({ ok: false, fix: 'rookery doctor --fix' });

  const repaired = await doctor('--fix');
  expect(repaired.code, JSON.stringify(repaired)).toBe(0);
  const { message = '' } = contentOf(repaired.checks) ?? {};
  expect(message).toContain(`${tasks.steps} (stepper)`);
  expect(message).toContain(`paused as before: ${tasks.paused}`);
  expect(message).toContain('lost: the histories of 1 ended task');
  expect(repaired.stderr).toContain(`${tasks.question}: continued from `);
  expect(repaired.stderr).toContain('its open question is lost');
  expect(readdirSync(directory).filter((name) => /^temporal\.db\.damaged-[^.]*$/.test(name))).toHaveLength(
    kind === 'missing' ? 0 : 1,
  );
  await comesToItsEnd(tasks, before);
  // Nothing is left to repair, and nothing is touched.
  expect(contentOf((await doctor('--fix')).checks)).toBeUndefined();
});

test(
  `a repair that is killed is finished by the next one: ${KILLS} of ${KILLS}`,
  async () => {
    const dice = chance(SEED);
    bench = await openBench();
    const tasks = await tasksInEveryState();
    const before = await usedTokens(tasks.steps);
    const { database, repair } = serverFiles(bench.paths.workdir);
    for (let round = 0; round < KILLS; round++) {
      await stopAll();
      damage(database, 'zeroed pages', dice);
      const killed = bench.spawn(['doctor', '--fix']);
      await until(() => existsSync(repair) || killed.child.exitCode !== null, {
        timeoutMs: 30_000,
        what: 'the repair has begun',
      });
      await new Promise((done) => setTimeout(done, dice.below(2_500)));
      killed.kill('SIGKILL');
      await killed.ended;
      if (existsSync(repair)) {
        const ran = await bench.run(['up', '-d']);
        expect(ran).toMatchObject({ code: 6 });
        expect(onlySentence(ran)).toMatch(
          /^The repair of the database \S+ was interrupted\. Run `rookery doctor --fix` again/,
        );
      }
      const repaired = await doctor('--fix');
      expect(repaired.code, JSON.stringify(repaired)).toBe(0);
      expect(existsSync(repair)).toBe(false);
    }
    await comesToItsEnd(tasks, before);
  },
  LONG ? 1_200_000 : 240_000,
);
