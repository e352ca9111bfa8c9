/** The demo model really works on real files, tells the truth about them, and says that it is not an AI. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import type { Message } from '../../src/domain/conversation.js';
import type { CallOutcome } from '../../src/domain/tool.js';
import { demoModel } from '../../src/models/demo/demo.js';
import type { RequestedCall } from '../../src/models/model.js';
import { question, READ_FILE } from './support.js';

const TOOLS = ['list_files', 'read_file', 'search_files'].map((name) => ({ ...READ_FILE, name }));

type Result = { outcome: CallOutcome; content: string };

let directory: string;
let lineCounts: Map<string, number>;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'rookery-demo-'));
  lineCounts = new Map();
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  for (let i = 0; i < 12; i++) addFile(`notes-${i}.txt`, 1 + Math.floor(Math.random() * 300));
});

function addFile(name: string, lines: number): void {
  writeFileSync(join(directory, name), Array.from({ length: lines }, (_, i) => `row ${i} of ${name}\n`).join(''));
  lineCounts.set(name, lines);
}

/** The agreed formats of the tools, on the real files. */
const fakes: Record<string, (args: Record<string, string>) => string> = {
  list_files: ({ path = '.' }) =>
    readdirSync(join(directory, path), { withFileTypes: true })
      .map((entry) => [entry, join(path, entry.name)] as const)
      .map(([entry, shown]) =>
        entry.isDirectory() ? `${shown}/` : `${shown}\t${statSync(join(directory, shown)).size}`,
      )
      .join('\n'),
  read_file: ({ path = '', limit }) => {
    const text = readFileSync(join(directory, path), 'utf8');
    const lines = text.split('\n').slice(0, -1);
    return `[${path}: ${lines.length} lines, ${text.length} bytes]\n${lines.slice(0, Number(limit)).join('\n')}`;
  },
  search_files: () => 'notes-0.txt:1: row 0\n[1 match in 1 file]',
};

function run({ name, args }: RequestedCall): Result {
  try {
    return { outcome: 'ok', content: fakes[name]?.(args as Record<string, string>) ?? '' };
  } catch (error) {
    return { outcome: 'failed', content: String(error) };
  }
}

async function work(tools = TOOLS, execute: (call: RequestedCall) => Result = run) {
  const messages: Message[] = [{ role: 'user', content: 'Summarise the notes here' }];
  for (let replies = 1; ; replies++) {
    const reply = await demoModel().ask(question({ messages, tools }));
    const calls = reply.calls.map((call, i) => ({ ...call, id: `${replies}-${i}` }));
    messages.push({ role: 'assistant', content: reply.content, calls });
    if (calls.length === 0) return { answer: reply.content, replies, messages, usage: reply.usage };
    for (const call of calls) messages.push({ role: 'tool', call: call.id, ...execute(call) });
  }
}

test('the digest names the true line count of every file', async () => {
  const { answer, replies } = await work();
  for (const [name, lines] of lineCounts) expect(answer).toContain(`${name}: ${lines} line${lines === 1 ? '' : 's'}`);
  const total = [...lineCounts.values()].reduce((sum, lines) => sum + lines, 0);
  expect(answer).toContain(`Seen: 12 files. Read: 12 files with ${total} lines in all.`);
  expect(answer).toContain('No AI wrote it');
  expect(replies).toBeGreaterThanOrEqual(4);
});

test('one file is still four replies', async () => {
  for (const name of lineCounts.keys()) rmSync(join(directory, name));
  addFile('README.md', 3);
  expect((await work()).replies).toBe(4);
});

test('another file changes the digest, the same files give the same', async () => {
  const { answer } = await work();
  expect((await work()).answer).toBe(answer);
  addFile('added.txt', 7);
  expect((await work()).answer).toContain('added.txt: 7 lines');
});

test('files in directories are read too, hidden and binary ones are only named', async () => {
  mkdirSync(join(directory, 'docs', 'deep'), { recursive: true });
  addFile('docs/guide.md', 5);
  addFile('.env', 1);
  addFile('logo.png', 1);
  const { answer, messages } = await work();
  expect(answer).toContain('docs/guide.md: 5 lines');
  expect(answer).toContain('Not read (hidden or not text): .env, logo.png.');
  expect(answer).toContain('Directories not opened: docs/deep.');
  expect(JSON.stringify(messages)).not.toContain('"path":".env"');
});

test('at most forty files are read, and the rest is said', async () => {
  for (let i = 0; i < 40; i++) addFile(`more-${i}.txt`, 1);
  const { answer } = await work();
  expect(answer).toContain('Seen: 52 files. Read: 40 files');
  expect(answer).toMatch(/Not read: .* and 2 more\./);
});

test('a tool that fails is reported, not guessed around', async () => {
  const { answer } = await work(TOOLS, (call) =>
    JSON.stringify(call.args).includes('notes-3') ? { outcome: 'refused', content: 'not allowed\nat all' } : run(call),
  );
  expect(answer).toContain('notes-3.txt: could not be counted: not allowed');
  expect(answer).toContain('Read: 11 files');
});

test('a listing that fails ends in an honest answer', async () => {
  const { answer, replies } = await work(TOOLS, () => ({ outcome: 'failed', content: 'disk on fire' }));
  expect(answer).toContain('. could not be listed: disk on fire');
  expect(replies).toBe(2);
});

test('tools that are not on offer are named', async () => {
  const { answer, replies } = await work([]);
  expect(answer).toContain('Not on offer, so not used: list_files, read_file, search_files.');
  expect(replies).toBe(1);
});

test('usage is estimated from lengths, and an aborted question is refused', async () => {
  const { usage } = await work();
  expect(usage.total_tokens).toBe(usage.input_tokens + usage.output_tokens);
  await expect(demoModel().ask(question({ signal: AbortSignal.abort('late') }))).rejects.toBe('late');
});
