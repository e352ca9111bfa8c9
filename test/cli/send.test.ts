/** `rookery send`: from words, stdin and an editor; its receipts, its JSON, its exit codes. */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inOrder } from '../support/book.js';
import { conversationOf, gateIn } from '../support/gate.js';
import { onTerminal, TERMINALS } from '../support/terminal.js';
import { until } from '../support/until.js';
import { type Bench, linesOf, openBench } from './support.js';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
  expect(await bench.run(['up', '-d'])).toMatchObject({ code: 0 });
});
afterAll(() => bench.close());

const done = { content: 'Done.' };

/** A task that stands in a call; `said`: what its model was told after that. */
async function standing() {
  const gate = gateIn(bench, randomUUID());
  const flags = bench.model(inOrder(gate.reply, done));
  const id = await bench.submit([...flags, '--allow', 'shell']);
  await gate.reached();
  const ends = async () => {
    gate.open();
    expect(await bench.run(['wait', id])).toMatchObject({ code: 0 });
    const requests = () => bench.book.requestsOf(flags[flags.indexOf('--model') + 1] ?? '');
    return conversationOf({ requests }, requests().length).at(-1);
  };
  return { id, ends };
}

test('a line with the id of the message and "accepted"; words, stdin, and what stands after -- as it is', async () => {
  const { id, ends } = await standing();
  const ran = await bench.run(['send', id.slice(0, 8), 'Leave', 'the', 'docs']);
  expect(ran).toMatchObject({ code: 0, stderr: expect.not.stringContaining('rror') });
  expect(ran.stdout).toMatch(/^[0-9a-f-]{36} {2}accepted\n$/);
  expect(await bench.run(['send', id, '-'], { input: 'one\n  two\n' })).toMatchObject({ code: 0 });
  expect(await bench.run(['send', id, '--', '-'])).toMatchObject({ code: 0 });
  // Turns of one role go out as one.
  expect(await ends()).toBe('user: Leave the docs\none\n  two\n-');
});

test('--json: the receipt as it is', async () => {
  const { id, ends } = await standing();
  const receipt = await bench.json<{ message: string }>(['send', id, 'Hello']);
  expect(receipt).toStrictEqual({
    id,
    message: expect.stringMatching(/^[0-9a-f-]{36}$/),
    state: 'accepted',
    iteration: null,
    reason: null,
  });
  const withdrawn = await bench.json<object>(['send', id, '--withdraw', receipt.message.slice(0, 8)]);
  expect(withdrawn).toMatchObject({ id, message: receipt.message, iteration: null });
  await ends();
  const again = await bench.run(['send', id, '--withdraw', receipt.message, '--json']);
  expect(again.code).toBe(2);
  expect(JSON.parse(again.stdout)).toMatchObject({ error: { code: 'wrong_status' } });
});

test('--wait ends with the number of the iteration', async () => {
  const { id, ends } = await standing();
  const waiting = bench.spawn(['send', id, 'Hello', '--wait']);
  const timed = await bench.run(['send', id, 'Hello again', '--wait', '--timeout', '1s']);
  expect(timed).toMatchObject({ code: 124, stderr: expect.stringContaining('its delivery was not awaited') });
  // The process that waits may be slow to send.
  const accepted = async () => {
    const { stdout } = await bench.run(['follow', id, '--json', '--timeout', '2s']);
    return linesOf<{ text?: string; state?: string }>(stdout).some(
      ({ text, state }) => text === 'Hello' && state === 'accepted',
    );
  };
  await until(accepted, { what: 'the first message is accepted' });
  await ends();
  expect((await waiting.ended).stdout).toMatch(/^[0-9a-f-]{36} {2}delivered at iteration 2\n$/);
});

test('a task that has ended continues with it, also where the worker had gone', async () => {
  const id = await bench.submit(bench.model(inOrder(done, { content: 'Again.' }, { content: 'And again.' })));
  expect(await bench.run(['wait', id])).toMatchObject({ code: 0 });
  const ran = await bench.run(['send', id.slice(0, 8), 'Look again']);
  expect(ran.stdout).toMatch(/^[0-9a-f-]{36} {2}delivered at iteration 2; the task had ended and continues\n$/);
  expect(await bench.run(['wait', id])).toMatchObject({ code: 0 });
  expect(bench.file(id)).toMatchObject({ status: 'Completed', result: 'Again.', iterations: 2 });
  expect(await bench.run(['down'])).toMatchObject({ code: 0 });
  expect(await bench.run(['send', id, 'Once more'])).toMatchObject({ code: 0 });
  expect(await bench.run(['wait', id, '--no-start'])).toMatchObject({ code: 0 });
  expect(bench.file(id)).toMatchObject({ result: 'And again.', iterations: 3 });
});

describe('what is wrong is said before anything starts', () => {
  test.each([
    ['no text, and no terminal', [], 'The message is missing'],
    ['an empty text', [' '], 'The message is empty'],
    ['a text to withdraw', ['hi', '--withdraw', 'abcd'], 'Both --withdraw and a text were given'],
    ['two ways to deliver', ['hi', '--queue', '--interrupt'], "cannot be used with option '--interrupt'"],
  ])('%s', async (_, words, says) => {
    const ran = await bench.run(['send', randomUUID(), ...words]);
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr).toContain(says);
  });

  test('a task that is not there', async () => {
    expect(await bench.run(['send', randomUUID(), 'hi'])).toMatchObject({ code: 5, stdout: '' });
  });
});

describe.skipIf(!TERMINALS)('on a terminal', () => {
  async function editor(body: string): Promise<string> {
    const path = join(bench.root, `editor-${randomUUID()}.sh`);
    await writeFile(path, `#!/bin/sh\n${body}\n`);
    await chmod(path, 0o700);
    return path;
  }

  test('without a text the editor of the person is opened; one that fails, or leaves nothing, sends nothing', async () => {
    const { id, ends } = await standing();
    for (const body of ['echo text > "$1"; exit 1', 'exit 0']) {
      const { code, shown } = await onTerminal(bench, ['send', id], { env: { EDITOR: await editor(body) } });
      expect(code, shown).toBe(2);
    }
    const path = await editor('test "$1" = --wait || exit 9; printf "first\\nsecond\\n" > "$2"');
    const env = { VISUAL: `${path} --wait`, EDITOR: 'false' };
    const { code, shown } = await onTerminal(bench, ['send', id], { env });
    expect(code, shown).toBe(0);
    expect(shown).toContain('accepted');
    expect(await ends()).toBe('user: first\nsecond');
  });

  test('what was written in the editor is shown again when it cannot be sent', async () => {
    const { id } = await standing();
    const body = 'echo "These are the words." > "$1"; head -c 300000 /dev/zero | tr "\\0" x >> "$1"';
    const { code, shown } = await onTerminal(bench, ['send', id], { env: { EDITOR: await editor(body) } });
    expect(code, shown).toBe(2);
    expect(shown).toContain('The message was not sent. Its text:');
    expect(shown).toContain('These are the words.');
  });

  test('no editor is opened for a task that is not there', async () => {
    const marker = join(bench.root, randomUUID());
    const env = { EDITOR: await editor(`touch ${marker}; echo text > "$1"`) };
    const { code, shown } = await onTerminal(bench, ['send', randomUUID()], { env });
    expect(code, shown).toBe(5);
    expect(existsSync(marker)).toBe(false);
  });
});
