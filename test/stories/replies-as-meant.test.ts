/** Models that write their reasoning and calls as text, or call tools by other names: their tasks complete. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inOrder } from '../support/book.js';
import { ledgerCall, readLedger } from '../support/ledger.js';
import { type Rig, startRig } from '../support/rig.js';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
  writeFileSync(join(rig.workspace, 'page.txt'), 'the page\n');
});
afterAll(() => rig.stop());

test('a call in tags is made, and reasoning is in no result, no file and no later request', async () => {
  const call = '<tool_call>{"name":"read_file","arguments":{"path":"page.txt"}}</tool_call>';
  const task = await rig.start(
    inOrder(
      { content: `<think>\nwhich file?\n</think>\n\n${call}` },
      { content: 'which answer?\n</think>\n\nFINAL: It says <think> and FINAL: twice.' },
    ),
  );
  const result = 'It says <think> and FINAL: twice.';
  expect(await task.result()).toMatchObject({ status: 'Completed', result, iterations: 2 });
  expect(task.file()).toMatchObject({ result });
  const [, second] = task.requests();
  expect(second?.messages.at(-1)).toMatchObject({ role: 'tool', content: expect.stringContaining('the page') });
  expect(JSON.stringify([second?.messages, await task.transcript()])).not.toContain('which');
});

test('a tool is found by the name that the model has for it, and recorded, allowed and repeated under its own', async () => {
  const { args } = ledgerCall('once');
  const task = await rig.start(
    inOrder(
      { calls: [{ id: 'a', name: 'functions.shell', args }] },
      { calls: [{ id: 'b', name: 'Read-File<|channel|>commentary', args: { path: 'page.txt' } }] },
      { content: 'Done.' },
    ),
    { allow: ['shell'] },
  );
  expect(await task.result()).toMatchObject({ status: 'Completed', result: 'Done.' });
  expect(readLedger(rig.workspace)).toEqual(['once']);
  const names = task.requests().flatMap(({ messages }) => messages.flatMap(({ tool_calls = [] }) => tool_calls));
  expect(names.map((call) => call.function.name)).toEqual(['shell', 'shell', 'read_file']);
});

test('a call after other text is not made: the model is told, and makes it', async () => {
  const task = await rig.start(
    inOrder(
      { content: 'I look.\nTOOL_CALL: read_file\nARGS: {"path":"page.txt"}\nOBSERVATION: it is empty' },
      { calls: [{ id: 'a', name: 'read_file', args: { path: 'page.txt' } }] },
      { content: 'The page.' },
    ),
  );
  expect(await task.result()).toMatchObject({ status: 'Completed', result: 'The page.', iterations: 3 });
  const [, second] = task.requests();
  expect(second?.messages.at(-1)).toMatchObject({
    role: 'tool',
    content: expect.stringContaining('nothing but the call'),
  });
});
