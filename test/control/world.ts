/**
 * One worker process that is killed and started again, and the tasks on it: what a test does to a task, and how it sees
 * where the task stands.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { InboxAnswer } from '../../src/domain/control.js';
import { QUERIES, SIGNALS, type StatusAnswer } from '../../src/domain/protocol.js';
import type { BackgroundTaskManager } from '../../src/manager/manager.js';
import { ledgerCall } from '../support/ledger.js';
import type { LlmRequest, Script, WireMessage } from '../support/llm-server.js';
import { managerOf } from '../support/manager.js';
import { type Rig, startRig, type Task } from '../support/rig.js';
import { until } from '../support/until.js';
import { spawnWorker, type WorkerProcess } from '../support/worker-process.js';
import { type Expected, isSame, type Kind, type Stand, shown, TOKENS, type Traits } from './expected.js';

export interface World {
  readonly rig: Rig;
  readonly manager: BackgroundTaskManager;
  /** How many workers were ended. */
  readonly kills: number;
  /** Of the next steps. */
  plan(ends: readonly WorkerEnd[]): void;
  /** A task takes a step: its worker may be ended in the middle of it. */
  step(): void;
  begin(traits: Traits): Promise<Lane>;
  close(): Promise<void>;
}

/** The worker is ended when the tasks together have taken so many steps; another one starts after a while. */
export interface WorkerEnd {
  readonly steps: number;
  readonly signal: 'SIGKILL' | 'SIGTERM';
  readonly downMs: number;
}

/** One task, and the model of it that the test holds. */
export interface Lane {
  readonly world: World;
  readonly task: Task;
  readonly manager: BackgroundTaskManager;
  /** Every reply has another text. */
  nextText(): string;
  /** Forgets the requests that nothing is to answer any more. */
  forget(): void;
  /** Lets the model answer. */
  reply(kind: Kind, text: string): void;
  /** Resolves when the task stands where it is expected, with the conversation that is expected. */
  stands(task: Expected): Promise<void>;
  /** Resolves when what was sent has been verified. */
  settled(task: Expected): Promise<void>;
}

export async function openWorld(): Promise<World> {
  const rig = await startRig({ worker: false });
  const { address, namespace, workspace, paths } = rig;
  const place = { address, namespace, workspace, workdir: paths.workdir, sandbox: 'off' } as const;
  let worker: WorkerProcess = await spawnWorker(place);
  let planned: readonly WorkerEnd[] = [];
  let taken = 0;
  let changing: Promise<void> = Promise.resolve();
  let kills = 0;
  const manager = await managerOf(rig);
  const replaceWorker = async ({ signal, downMs }: WorkerEnd): Promise<void> => {
    kills++;
    worker.signal(signal);
    await worker.ended;
    await pause(downMs);
    worker = await spawnWorker(place);
  };
  const world: World = {
    rig,
    manager,
    get kills() {
      return kills;
    },
    plan(ends) {
      planned = ends.map(({ steps, ...end }) => ({ ...end, steps: steps + taken }));
    },
    step() {
      taken++;
      const due = planned.filter(({ steps }) => steps <= taken);
      planned = planned.filter(({ steps }) => steps > taken);
      for (const end of due) changing = changing.then(() => replaceWorker(end));
    },
    begin: (traits) => beginLane(world, traits),
    async close() {
      await changing;
      await worker.kill();
      await rig.stop();
    },
  };
  return world;
}

// ---

interface Held {
  readonly seen: readonly string[];
  answer(script: Script): void;
}

async function beginLane(world: World, { limit, height, onLimit, needsApproval }: Traits): Promise<Lane> {
  const { rig, manager } = world;
  let held: Held[] = [];
  let said: { readonly replies: number; readonly script: Script } | undefined;
  let texts = 0;
  const name = randomUUID().slice(0, 8);
  const script = (request: LlmRequest): Script | Promise<Script> => {
    const seen = seenIn(request);
    // The worker that had the reply was killed.
    if (said?.replies === repliesIn(seen)) return said.script;
    return new Promise((answer) => held.push({ seen, answer }));
  };
  const limits =
    limit === 'iterations'
      ? { max_iterations: height, max_total_tokens: 1_000_000 }
      : { max_iterations: 1_000, max_total_tokens: height * TOKENS - TOKENS / 2 };
  const task = await rig.start(script, { limits, on_limit: onLimit, ...(needsApproval ? {} : { allow: ['shell'] }) });
  const { id, handle } = task;
  const phaseOf = async (): Promise<string | undefined> =>
    (await handle.query<StatusAnswer>(QUERIES.status).catch(() => undefined))?.phase;
  return {
    ...{ world, task, manager },
    nextText: () => `${name}-${++texts}`,
    forget() {
      held = [];
      said = undefined;
    },
    reply(kind, text) {
      const replies = repliesIn(held.at(-1)?.seen ?? []);
      said = { replies, script: scriptOf(kind, text) };
      for (const { answer } of held) answer(said.script);
      held = [];
    },
    async stands(expected) {
      const { turns, stand, status } = expected;
      let found: unknown;
      const isThere = async (): Promise<boolean> => {
        if (stand === 'asked') {
          found = held.map(({ seen }) => seen);
          return held.some(({ seen }) => isSame(turns, seen));
        }
        if (stand === 'ended') {
          found = (await handle.describe()).status.name;
          return found === status.toUpperCase();
        }
        found = await phaseOf();
        return found === PHASES[stand];
      };
      await until(isThere, { what: 'the task stands', timeoutMs: 60_000 }).catch(async () => {
        const now = await phaseOf();
        throw new Error(
          `task ${id} is expected as ${stand} ${status} with ${JSON.stringify(shown(turns))}, found ${JSON.stringify(found)}, phase ${now}, held ${JSON.stringify(held.map(({ seen }) => seen))}`,
        );
      });
      said = undefined;
    },
    async settled({ pending, paused, limits: expected }) {
      let answer: InboxAnswer | undefined;
      const isSettled = async (): Promise<boolean> => {
        answer = await handle.query<InboxAnswer>(QUERIES.inbox).catch(() => undefined);
        if (!answer) return false;
        const accepted = answer.messages.filter(({ state }) => state === 'accepted').map((message) => message.id);
        const { max_iterations, max_total_tokens } = answer.limits;
        return (
          JSON.stringify(accepted) === JSON.stringify(pending.map((message) => message.id)) &&
          (answer.paused !== null) === paused &&
          max_iterations === expected.iterations &&
          max_total_tokens === expected.tokens
        );
      };
      await until(isSettled, { what: 'all that was sent is verified', timeoutMs: 60_000 }).catch(() => {
        throw new Error(
          `task ${id}: expected ${JSON.stringify({ pending, paused, expected })}, found ${JSON.stringify(answer)}`,
        );
      });
    },
  };
}

const PHASES: Readonly<Record<Exclude<Stand, 'asked' | 'ended'>, string>> = {
  approval: 'waiting_approval',
  question: 'waiting_question',
  limit: 'waiting_limit',
  paused: 'paused',
};

function scriptOf(kind: Kind, text: string): Script {
  const usage = { input: TOKENS - 10, output: 10 };
  const { name, args } = ledgerCall(text, `echo ran ${text}`);
  switch (kind) {
    case 'answer':
      return { content: text, usage };
    case 'shell':
      return { content: text, calls: [{ id: text, name, args }], usage };
    case 'list':
      return { content: text, calls: [{ id: text, name: 'list_files', args: { path: '.' } }], usage };
    case 'question':
      return { content: text, calls: [{ id: text, name: 'ask_user', args: { question: `What of ${text}?` } }], usage };
  }
}

/** Without the system prompt. */
export function seenIn({ messages }: Pick<LlmRequest, 'messages'>): string[] {
  return messages.filter(({ role }) => role !== 'system').map(({ role, content }) => `${role}: ${textOf(content)}`);
}

function repliesIn(seen: readonly string[]): number {
  return seen.filter((line) => line.startsWith('assistant: ')).length;
}

function textOf(content: WireMessage['content']): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((part: { text?: string }) => part.text ?? '').join('\n');
}
