/** What a person, and the machine, may do to a task: each command for the model and for the real task. */
import { randomUUID } from 'node:crypto';
import type fc from 'fast-check';
import { expect } from 'vitest';
import { RookeryError } from '../../src/domain/errors.js';
import type { Receipt } from '../../src/manager/receipt.js';
import { inOrder } from '../support/book.js';
import {
  continued,
  decided,
  type Expected,
  end,
  halted,
  isAtLimit,
  isSame,
  type Kind,
  type Mode,
  raised,
  replied,
  sent,
  shown,
  TOKENS,
  turnsUpTo,
  unpaused,
  withdrawn,
} from './expected.js';
import { expectFilesToMatch, type Lane, seenIn } from './lane.js';

type Command = fc.AsyncCommand<Expected, Lane>;

/** Of one shape, so that each command is two functions and its name. */
function command(
  name: string,
  check: (task: Expected) => boolean,
  run: (task: Expected, lane: Lane) => Promise<void>,
): Command {
  const stepping = (task: Expected, lane: Lane): Promise<void> => {
    lane.world.step();
    return run(task, lane);
  };
  return { check, run: stepping, toString: () => name };
}

export const reply = (kind: Kind): Command =>
  command(
    `reply ${kind}`,
    ({ stand }) => stand === 'asked',
    async (task, lane) => {
      await lane.settled(task);
      const text = lane.nextText();
      await step(task, lane, () => {
        lane.reply(kind, text);
        replied(task, kind, text);
      });
    },
  );

/** `twice`: the same message once more, as a sender does that has seen no receipt. */
export const say = (mode: Mode, twice: boolean): Command =>
  command(`send ${mode}${twice ? ' twice' : ''}`, isRunning, async (task, lane) => {
    const message = { id: randomUUID(), text: lane.nextText(), mode };
    if (mode === 'interrupt') {
      await lane.settled(task);
      if (task.stand === 'asked') lane.forget();
    }
    const times = twice && mode !== 'interrupt' ? 2 : 1;
    await step(task, lane, async () => {
      const asks = task.stand === 'question';
      const receipts: Receipt[] = [];
      for (let time = 0; time < times; time++)
        receipts.push(await lane.manager.send(lane.task.id, message.text, { mode, message: message.id }));
      // Without a worker a question cannot be answered: the receipt says what the message was.
      const isAnswer = asks && receipts.some(({ question }) => question !== undefined);
      if (isAnswer) decided(task, `answered: ${message.text}`);
      else sent(task, message);
    });
    if (mode === 'interrupt') await lane.settled(task);
  });

export const withdraw = (which: number): Command =>
  command(
    'withdraw',
    (task) => isRunning(task) && task.pending.length > 0,
    async (task, lane) => {
      await lane.settled(task);
      const { id } = task.pending[which % task.pending.length] as { id: string };
      await tolerant(() => lane.manager.withdraw(lane.task.id, id));
      withdrawn(task, id);
    },
  );

export const pauseIt = (): Command =>
  command('pause', isRunning, async (task, lane) => {
    await step(task, lane, async () => {
      await lane.manager.pause(lane.task.id, { reason: 'later' });
      halted(task);
    });
  });

export const unpauseIt = (): Command =>
  command(
    'unpause',
    ({ paused }) => paused,
    async (task, lane) => {
      // A pause that no worker has seen is not seen by the command, either.
      await lane.settled(task);
      await step(task, lane, async () => {
        await tolerant(() => lane.manager.unpause(lane.task.id));
        unpaused(task);
      });
    },
  );

export const raiseIt = (by: number): Command =>
  command('raise', isRunning, async (task, lane) => {
    await lane.settled(task);
    const limit = task.limits.tokens < 1_000_000 ? 'tokens' : 'iterations';
    const value = task.limits[limit] + by * (limit === 'tokens' ? TOKENS : 1);
    await step(task, lane, async () => {
      await tolerant(() =>
        lane.manager.raise(lane.task.id, limit === 'tokens' ? { max_total_tokens: value } : { max_iterations: value }),
      );
      raised(task, limit, value);
    });
  });

export const decide = (decision: 'approve' | 'deny'): Command =>
  command(
    decision,
    ({ stand, open }) => stand === 'approval' || (stand === 'question' && decision === 'deny' && open !== undefined),
    async (task, lane) => {
      await lane.settled(task);
      const outcome = decision === 'approve' ? 'ran' : 'denied';
      await decisively(async () => {
        const { approvals, questions } = await lane.manager.needs(lane.task.id);
        const call = [...approvals, ...questions][0]?.call as string;
        await lane.manager.decide({ id: lane.task.id, call }, { decision });
      });
      await step(task, lane, () => decided(task, outcome));
    },
  );

export const answer = (): Command =>
  command(
    'answer',
    ({ stand }) => stand === 'question',
    async (task, lane) => {
      await lane.settled(task);
      const text = lane.nextText();
      await decisively(() => lane.manager.answer({ id: lane.task.id }, text));
      await step(task, lane, () => decided(task, `answered: ${text}`));
    },
  );

export const cancel = (): Command =>
  command('cancel', isRunning, async (task, lane) => {
    await lane.settled(task);
    lane.forget();
    await step(task, lane, async () => {
      await lane.manager.cancel(lane.task.id);
      end(task, 'Cancelled');
    });
  });

/** `spoken`: with a message, as `send` to an ended task; otherwise as `retry`. */
export const goOn = (spoken: boolean): Command =>
  command(
    spoken ? 'send to the ended task' : 'retry',
    ({ status }) => (spoken ? status !== 'Running' : status === 'Failed' || status === 'Cancelled'),
    async (task, lane) => {
      const text = spoken ? lane.nextText() : undefined;
      lane.forget();
      await step(task, lane, async () => {
        const overrides = isAtLimit(task) ? { overrides: { limits: higher(task) } } : {};
        await lane.manager.continueTask(lane.task.id, { ...(text === undefined ? {} : { text }), ...overrides });
        continued(task, text);
      });
    },
  );

export const fork = (which: number): Command =>
  command(
    'fork',
    ({ iterations }) => iterations > 0,
    async (task, lane) => {
      const n = which % (task.iterations + 1);
      const { manager, world } = lane;
      const { turns, isOpen, tokens } = turnsUpTo(task, n);
      const said = lane.nextText();
      const model = world.rig.book.add(inOrder({ content: 'forked', usage: { input: TOKENS - 10, output: 10 } }));
      const limits = { max_iterations: 1_000, max_total_tokens: 1_000_000 };
      const { id } = await manager.fork(lane.task.id, { iteration: n, prompt: said, overrides: { model, limits } });
      const result = await world.rig.task(id).result();
      expect(result).toMatchObject({
        status: 'Completed',
        iterations: n + 1,
        usage: { total_tokens: tokens + TOKENS },
      });
      const request = world.rig.book.requestsOf(model)[0];
      const call = isOpen
        ? [{ role: 'tool', call: task.open?.call ?? '', outcome: 'sealed', mayBeUnknown: true } as const]
        : [];
      const prefix = [...turns, ...call, { role: 'user', text: said } as const];
      const seen = seenIn({ messages: request?.messages ?? [] });
      if (!isSame(prefix, seen))
        throw new Error(
          `fork of ${lane.task.id} at ${n}: expected ${JSON.stringify(shown(prefix))}, found ${JSON.stringify(seen)}`,
        );
      await expectFilesToMatch(manager, id);
    },
  );

/** Lets a task that has not ended come to its end. */
export async function finish(task: Expected, lane: Lane): Promise<void> {
  const next: Readonly<Record<Expected['stand'], () => Command>> = {
    ...{ asked: () => reply('answer'), approval: () => decide('approve'), question: answer },
    ...{ limit: () => raiseIt(5), paused: unpauseIt, ended: () => reply('answer') },
  };
  while (task.stand !== 'ended') await next[task.stand]().run(task, lane);
}

// ---

function isRunning({ status }: Expected): boolean {
  return status === 'Running';
}

/** One step, and where it leads; a call that may have been running when a worker was ended has an unknown outcome. */
async function step(task: Expected, lane: Lane, take: () => void | Promise<void>): Promise<void> {
  const { world } = lane;
  const before = world.kills;
  const turns = new Set(task.turns);
  await take();
  const mark = (mayBeUnknown: boolean): void => {
    task.turns = task.turns.map((turn) =>
      !turns.has(turn) && turn.role === 'tool' && turn.outcome === 'ran' ? { ...turn, mayBeUnknown } : turn,
    );
  };
  mark(true);
  await lane.stands(task);
  mark(world.kills !== before);
}

/** A command that no worker answers has sent its message all the same. */
async function tolerant(run: () => Promise<unknown>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (!(error instanceof RookeryError && error.code === 'environment')) throw error;
  }
}

/** A decision needs a worker that shows the call. */
async function decisively(run: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await run();
      return;
    } catch (error) {
      const { code } = error as RookeryError;
      if (code === 'wrong_status') return;
      if (code !== 'environment') throw error;
    }
  }
}

function higher({ limits, iterations, tokens }: Expected) {
  limits.iterations = Math.max(limits.iterations, iterations + 3);
  if (limits.tokens < 1_000_000) limits.tokens = Math.max(limits.tokens, tokens + 250);
  return { max_iterations: limits.iterations, max_total_tokens: limits.tokens };
}
