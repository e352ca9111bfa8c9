/** A workspace of its own for each test, and a short way to call a tool in it. */
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTools, parseArgs } from '../../src/tools/catalogue.js';
import { createSeenFiles } from '../../src/tools/seen-files.js';
import type { ShellOptions } from '../../src/tools/shell.js';
import type { ToolContext, ToolOutcome } from '../../src/tools/tool.js';

export interface Bench {
  /** Holds the workspace and what lies beside it. */
  readonly outside: string;
  readonly workspace: string;
  context(changes?: Partial<ToolContext>): ToolContext;
  call(name: string, args: unknown, changes?: Partial<ToolContext>): Promise<ToolOutcome>;
  clear(): Promise<void>;
}

const ENV = { PATH: process.env.PATH, OPENAI_API_KEY: 'sk-canary', HOME: '/nowhere' };

export async function createBench(options: Partial<ShellOptions> = {}): Promise<Bench> {
  const tools = await createTools({ env: ENV, ...options });
  const outside = await realpath(await mkdtemp(join(tmpdir(), 'rookery-tools-')));
  const workspace = await mkdtemp(join(outside, 'work-'));
  const seenFiles = createSeenFiles(() => join(outside, 'missing/in-memory-only'));
  const call = `call-${Math.random().toString(36).slice(2)}`;
  const context = (changes: Partial<ToolContext> = {}): ToolContext => ({
    workspace,
    task: 'task-1',
    call,
    secrets: false,
    signal: new AbortController().signal,
    seen: seenFiles('task-1'),
    ...changes,
  });
  return {
    outside,
    workspace,
    context,
    async call(name, args, changes) {
      const tool = tools.get(name);
      if (!tool) throw new Error(`there is no tool ${name}`);
      const parsed = parseArgs(tool, args);
      if (!parsed.ok) throw new Error(parsed.problem);
      return tool.run(parsed.args, context(changes));
    },
    clear: () => rm(outside, { recursive: true, force: true }),
  };
}
