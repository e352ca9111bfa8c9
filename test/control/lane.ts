/** One task of a world: a model that answers when the test says so, and a look at where the task stands. */
import { randomUUID } from 'node:crypto';
import type { InboxAnswer } from '../../src/domain/control.js';
import { QUERIES, type StatusAnswer } from '../../src/domain/protocol.js';
import type { BackgroundTaskManager } from '../../src/manager/manager.js';
import { ledgerCall } from '../support/ledger.js';
import type { LlmRequest, Script, WireMessage } from '../support/llm-server.js';
import type { Task } from '../support/rig.js';
import { until } from '../support/until.js';
import { type Expected, isSame, type Kind, type Stand, shown, TOKENS, type Traits } from './expected.js';
import type { World } from './world.js';

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

export async function beginLane(world: World, traits: Traits): Promise<Lane> {
  const { rig, manager } = world;
  const model = heldModel();
  const { limit, height, onLimit, needsApproval } = traits;
  const limits =
    limit === 'iterations'
      ? { max_iterations: height, max_total_tokens: 1_000_000 }
      : { max_iterations: 1_000, max_total_tokens: height * TOKENS - TOKENS / 2 };
  const allow = needsApproval ? {} : { allow: ['shell'] };
  const task = await rig.start(model.script, { limits, on_limit: onLimit, ...allow });
  const name = randomUUID().slice(0, 8);
  let texts = 0;
  return {
    ...{ world, task, manager },
    nextText: () => `${name}-${++texts}`,
    forget: model.forget,
    reply: model.reply,
    async stands(expected) {
      await untilStands(task, expected, () => model.seen);
      model.accepted();
    },
    settled: (expected) => untilSettled(task, expected),
  };
}

/** Without the system prompt. */
export function seenIn({ messages }: Pick<LlmRequest, 'messages'>): string[] {
  return messages.filter(({ role }) => role !== 'system').map(({ role, content }) => `${role}: ${textOf(content)}`);
}

// ---

interface Held {
  readonly seen: readonly string[];
  answer(script: Script): void;
}

/** Holds every request until the test has a reply for it. */
function heldModel() {
  let held: Held[] = [];
  let said: { readonly replies: number; readonly script: Script } | undefined;
  return {
    get seen() {
      return held.map(({ seen }) => seen);
    },
    script(request: LlmRequest): Script | Promise<Script> {
      const seen = seenIn(request);
      // The worker that had the reply was killed.
      if (said?.replies === repliesIn(seen)) return said.script;
      return new Promise((answer) => held.push({ seen, answer }));
    },
    forget() {
      held = [];
      said = undefined;
    },
    reply(kind: Kind, text: string) {
      const script = scriptOf(kind, text);
      said = { replies: repliesIn(held.at(-1)?.seen ?? []), script };
      for (const { answer } of held) answer(script);
      held = [];
    },
    accepted() {
      said = undefined;
    },
  };
}

async function untilStands(
  { id, handle }: Task,
  { turns, stand, status }: Expected,
  seen: () => readonly (readonly string[])[],
): Promise<void> {
  const phaseOf = async (): Promise<string | undefined> =>
    (await handle.query<StatusAnswer>(QUERIES.status).catch(() => undefined))?.phase;
  const isThere = async (): Promise<boolean> => {
    if (stand === 'asked') return seen().some((conversation) => isSame(turns, conversation));
    if (stand === 'ended') return (await handle.describe()).status.name === status.toUpperCase();
    return (await phaseOf()) === PHASES[stand];
  };
  await until(isThere, { what: 'the task stands', timeoutMs: TIMEOUT_MS }).catch(async () => {
    const expected = `${stand} ${status} ${JSON.stringify(shown(turns))}`;
    const found = `${await phaseOf()} ${(await handle.describe()).status.name} ${JSON.stringify(seen())}`;
    throw new Error(`task ${id}: expected ${expected}, found ${found}`);
  });
}

async function untilSettled({ id, handle }: Task, { pending, paused, limits }: Expected): Promise<void> {
  const expected = JSON.stringify([pending.map((message) => message.id), paused, limits.iterations, limits.tokens]);
  let found = '';
  const isSettled = async (): Promise<boolean> => {
    const answer = await handle.query<InboxAnswer>(QUERIES.inbox).catch(() => undefined);
    if (!answer) return false;
    const accepted = answer.messages.filter(({ state }) => state === 'accepted').map((message) => message.id);
    const { max_iterations, max_total_tokens } = answer.limits;
    found = JSON.stringify([accepted, answer.paused !== null, max_iterations, max_total_tokens]);
    return found === expected;
  };
  await until(isSettled, { what: 'all that was sent is verified', timeoutMs: TIMEOUT_MS }).catch(() => {
    throw new Error(`task ${id}: expected ${expected}, found ${found}`);
  });
}

const TIMEOUT_MS = 90_000;

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

function repliesIn(seen: readonly string[]): number {
  return seen.filter((line) => line.startsWith('assistant: ')).length;
}

function textOf(content: WireMessage['content']): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((part: { text?: string }) => part.text ?? '').join('\n');
}

/**
 * The files show what Temporal has: at once, or when the next worker has written what one that was ended in the middle of
 * two files did not.
 */
export async function expectFilesToMatch(manager: BackgroundTaskManager, id: string): Promise<void> {
  let found = 'nothing';
  const match = async (): Promise<boolean> => {
    const [checked] = await manager.verifyMirror([id]);
    found = [checked?.message, ...(checked?.differences ?? [])].join('; ');
    return checked?.ok === true;
  };
  await until(match, { what: 'the files match', timeoutMs: 120_000 }).catch(() => {
    throw new Error(`task ${id}: ${found}`);
  });
}
