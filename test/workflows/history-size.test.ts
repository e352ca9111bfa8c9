/** History grows with the conversation, not with its square: the conversation is in it about once. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { historyBytes } from '../support/history.js';
import { scriptedAgent } from '../support/llm-server.js';
import { type Rig, startRig } from '../support/rig.js';

const MAX_PER_BYTE = 1.4;
/** Every iteration has a write of the mirror then, with an activity and a workflow task of its own. */
const MAX_WHEN_SLOW = 1.5;
const MAX_GROWTH = 2.1;

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
  writeFileSync(
    join(rig.workspace, 'page.txt'),
    'one line of sixty-four characters, so that 4 KiB are no strain.\n'.repeat(64),
  );
});
afterAll(() => rig.stop());

async function measure(iterations: number, delayMs = 0): Promise<{ history: number; perByte: number }> {
  const agent = scriptedAgent({
    iterations: iterations - 1,
    callFor: () => ({ name: 'read_file', args: { path: 'page.txt' } }),
    final: 'Done.',
  });
  const task = await rig.start((request) => ({ ...agent(request), delayMs }), {
    limits: { max_iterations: iterations },
  });
  expect(await task.result()).toMatchObject({ status: 'Completed', iterations });
  const history = await historyBytes(rig.client, task.id);
  const conversation = Buffer.byteLength(JSON.stringify(await task.transcript()));
  expect(conversation).toBeGreaterThan((iterations - 1) * 4096);
  return { history, perByte: history / conversation };
}

test('history is at most 1.4 bytes per byte of conversation at 10, 20, 40 and 80 iterations of 4 KiB', async () => {
  const [ten, twenty, forty, eighty] = await Promise.all([10, 20, 40, 80].map((n) => measure(n)));
  for (const { perByte } of [ten, twenty, forty, eighty].flatMap((found) => found ?? [])) {
    expect(perByte).toBeLessThanOrEqual(MAX_PER_BYTE);
  }
  expect((forty?.history ?? Number.NaN) / (twenty?.history ?? 0)).toBeLessThanOrEqual(MAX_GROWTH);
  expect((eighty?.history ?? Number.NaN) / (forty?.history ?? 0)).toBeLessThanOrEqual(MAX_GROWTH);
});

test('history is at most 1.5 bytes per byte when the model is slow, so that every iteration is mirrored', async () => {
  const [ten, twenty] = await Promise.all([measure(10, 300), measure(20, 300)]);
  expect(ten?.perByte).toBeLessThanOrEqual(MAX_WHEN_SLOW);
  expect(twenty?.perByte).toBeLessThanOrEqual(MAX_WHEN_SLOW);
});
