/** A provider that names a time hours away: the workflow waits, whichever worker lives, and a person's resume ends it. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SIGNALS } from '../../src/domain/protocol.js';
import type { Task } from '../support/rig.js';
import type { Fault } from '../support/strict/server.js';
import { openStage, reader, type Stage } from '../support/strict/stage.js';
import { until } from '../support/until.js';

const LATER: Fault = {
  status: 429,
  headers: { 'retry-after': '7200' },
  body: { error: { type: 'rate_limit_error', message: 'the tokens of this hour are used up' } },
};

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

test.each([
  ['Anthropic', '/anthropic', { provider: 'anthropic', model: 'later-claude' }],
  ['DeepSeek', '/deepseek/v1', { provider: 'deepseek', model: 'later-deepseek' }],
])('%s', async (_, path, input) => {
  let shut = true;
  const task = await stage.start(path, reader(4), input, (n) => (n === 2 && shut ? LATER : undefined));
  const said = await waits(task);
  expect(said).toContain('the tokens of this hour are used up');
  await stage.replaceWorker();
  expect(await waits(task)).toBe(said);
  shut = false;
  await task.handle.signal(SIGNALS.resume);

  expect(await task.result()).toMatchObject({ status: 'Completed', result: 'All notes are read.' });
  expect(stage.strict.refusalsOf(input.model)).toEqual([]);
  const asked = stage.strict.requestsOf(input.model).map(({ replies }) => replies);
  expect(asked).toEqual([0, 1, 2, 2, 3, 4]);
});

// ---

/** The reason with the time of the next try. */
function waits(task: Task): Promise<string> {
  return until(
    async () => {
      const { phase, reason } = await task.status();
      return phase === 'retrying' && reason?.includes('next try at') && reason;
    },
    { what: 'the task waits for its provider' },
  ) as Promise<string>;
}
