/** Empty replies: asked for again, reminded after the second, and their tokens are counted; other errors are thrown. */
import { expect, test } from 'vitest';
import type { HeartbeatState } from '../../activities/heartbeat.js';
import { askUntilSaid } from '../../activities/rejected-replies.js';
import { RookeryError } from '../../src/domain/errors.js';
import { FIXED } from '../../src/domain/limits.js';
import { EMPTY_NUDGE } from '../../src/domain/own-turns.js';
import { NO_USAGE, type Usage } from '../../src/domain/task.js';
import type { Reply } from '../../src/models/model.js';

const USAGE: Usage = { input_tokens: 10, output_tokens: 1, total_tokens: 11 };
const reply = (content: string): Reply => ({
  ...{ content, calls: [], usage: USAGE, finish: 'stop' },
  ...{ provider: 'litellm', model: 'm' },
});
const empty = new RookeryError('bad_reply', 'an empty reply', { rejected: { usage: USAGE, empty: true } });
const broken = new RookeryError('bad_reply', 'a broken reply', { rejected: { usage: USAGE, empty: false } });

function asking(...answers: readonly (Reply | Error)[]) {
  const live = { rejected: { usage: NO_USAGE, empty: 0 }, send: () => undefined } as unknown as HeartbeatState;
  const nudges: boolean[] = [];
  const said = askUntilSaid({ live, signal: new AbortController().signal, backoffMs: 0 }, [], async (messages) => {
    const answer = answers[Math.min(nudges.length, answers.length - 1)];
    nudges.push(JSON.stringify(messages).includes(EMPTY_NUDGE));
    if (answer instanceof Error) throw answer;
    return answer as Reply;
  });
  return { said, nudges, live };
}

test('a reply after two empty ones came with a reminder, and costs what all three cost', async () => {
  const { said, nudges } = asking(empty, reply(' '), reply('done'));
  expect(await said).toMatchObject({ content: 'done', usage: { total_tokens: 33 } });
  expect(nudges).toEqual([false, false, true]);
});

test('nothing but empty replies ends after five, with their tokens', async () => {
  const { said, nudges } = asking(empty);
  await expect(said).rejects.toMatchObject({ message: expect.stringContaining('an empty reply') });
  expect(nudges).toHaveLength(FIXED.emptyReplies);
});

test('a broken reply is thrown at once, its tokens are kept, and the row of empty ones begins anew', async () => {
  const { said, live } = asking(empty, broken);
  await expect(said).rejects.toBe(broken);
  expect(live.rejected).toEqual({
    usage: { ...USAGE, ...{ input_tokens: 20, output_tokens: 2, total_tokens: 22 } },
    empty: 0,
  });
});

test('an error without a reply is thrown, and nothing is counted', async () => {
  const error = new RookeryError('unavailable', 'down');
  const { said, live } = asking(error);
  await expect(said).rejects.toBe(error);
  expect(live.rejected).toEqual({ usage: NO_USAGE, empty: 0 });
});
