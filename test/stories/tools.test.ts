/** What happens to the calls of a reply: which run, in which order, and what the model reads of them. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inOrder } from '../support/book.js';
import { ledgerCall, readLedger } from '../support/ledger.js';
import type { WireMessage } from '../support/llm-server.js';
import { type Rig, startRig } from '../support/rig.js';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
  writeFileSync(join(rig.workspace, 'notes.txt'), 'first line\n');
});
afterAll(() => rig.stop());

const read = { name: 'read_file', args: { path: 'notes.txt' } };

function resultsOf(messages: readonly WireMessage[] | undefined): string[] {
  return (messages ?? []).filter(({ role }) => role === 'tool').map(({ content }) => String(content));
}

test('several calls of one reply, safe and unsafe, each run once and are answered in the order of the model', async () => {
  const calls = [
    { id: 'a', ...ledgerCall('one', 'echo said one') },
    { id: 'b', ...read },
    { id: 'c', ...ledgerCall('two', 'echo said two') },
    { id: 'd', name: 'list_files', args: {} },
    { id: 'e', name: 'search_files', args: { pattern: 'first' } },
  ];
  const task = await rig.start(inOrder({ content: 'I look.', calls }, { content: 'Done.' }), { allow: ['shell'] });
  expect(await task.result()).toMatchObject({ status: 'Completed', iterations: 2 });

  expect(readLedger(rig.workspace)).toEqual(['one', 'two']);
  const second = task.requests()[1]?.messages;
  expect(second?.filter(({ role }) => role === 'tool').map(({ tool_call_id }) => tool_call_id)).toEqual([
    'a',
    'b',
    'c',
    'd',
    'e',
  ]);
  const [one, notes, two, list, found] = resultsOf(second);
  expect(one).toBe('said one\n');
  expect(notes).toContain('first line');
  expect(two).toBe('said two\n');
  expect(list).toContain('notes.txt');
  expect(found).toContain('notes.txt:1: first line');
});

test('unsafe calls of one reply run one after another', async () => {
  const slow = (name: string): { id: string; name: string; args: object } => ({
    id: name,
    ...ledgerCall(`${name}-begins`, `sleep 0.3; echo ${name}-ends >> ledger.txt`),
  });
  const before = readLedger(rig.workspace).length;
  const script = inOrder({ calls: [slow('x'), slow('y')] }, { content: 'Done.' });
  const task = await rig.start(script, { allow: ['shell'] });
  await task.result();
  expect(readLedger(rig.workspace).slice(before)).toEqual(['x-begins', 'x-ends', 'y-begins', 'y-ends']);
});

test('what is refused, an unknown tool and broken arguments are answered with reasons, and nothing runs', async () => {
  const calls = [
    { id: 'a', name: 'write_file', args: { path: '.git/hooks/pre-commit', content: 'touch proof' } },
    { id: 'b', name: 'no_such_tool', args: {} },
    { id: 'c', name: 'read_file', args: '{"path": ' },
    { id: 'd', name: 'read_file', args: { path: '../secret' } },
  ];
  const task = await rig.start(inOrder({ calls }, { content: 'Done.' }));
  expect(await task.result()).toMatchObject({ status: 'Completed' });
  const [hook, unknown, broken, outside] = resultsOf(task.requests()[1]?.messages);
  expect(hook).toContain('protected');
  expect(unknown).toContain("no tool 'no_such_tool'");
  expect(broken).toContain('not a JSON object');
  expect(outside).toMatch(/outside/);
  expect(existsSync(join(rig.workspace, '.git'))).toBe(false);
});

test('a signed task is offered what may run or be asked for', async () => {
  const task = await rig.start(inOrder({ content: 'Done.' }));
  await task.result();
  const offered = (task.requests()[0]?.tools ?? []) as { function: { name: string } }[];
  const names = offered.map((tool) => tool.function.name);
  expect(names).toEqual(
    expect.arrayContaining(['read_file', 'list_files', 'search_files', 'write_file', 'shell', 'web_fetch']),
  );
  expect(names).not.toContain('web_search');
});

test('the name of a tool in RavenClaws runs the same tool', async () => {
  const calls = [{ id: 'a', name: 'shell_exec', args: { command: 'echo from the other name' } }];
  const task = await rig.start(inOrder({ calls }, { content: 'Done.' }), { allow: ['shell'] });
  await task.result();
  expect(resultsOf(task.requests()[1]?.messages)[0]).toContain('from the other name');
});

test('a provider that numbers its calls anew in every reply gets each result under an id that is there once', async () => {
  const calls = [{ id: 'call_0', ...read }];
  const task = await rig.start(inOrder({ calls }, { calls }, { calls }, { content: 'Done.' }));
  await task.result();
  const messages = task.requests()[3]?.messages ?? [];
  const asked = messages.flatMap(({ tool_calls }) => tool_calls?.map(({ id }) => id) ?? []);
  const answered = messages.flatMap(({ tool_call_id }) => tool_call_id ?? []);
  expect(answered).toEqual(asked);
  expect(new Set(asked).size).toBe(3);
});
