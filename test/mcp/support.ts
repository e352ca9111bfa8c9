/** MCP servers for tests: where they lie, a short way to have them, and to call their tools. */
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { onTestFinished } from 'vitest';
import type { McpServer, StdioServer } from '../../src/domain/mcp.js';
import { createMcp, type Mcp, type McpOptions } from '../../src/mcp/create-mcp.js';
import type { ToolOutcome } from '../../src/tools/tool.js';

export const ROUGH = resolve('test/mcp/rough.mjs');
export const OFFICIAL = resolve('test/mcp/official.mjs');

export function rough(name: string, ...words: readonly string[]): StdioServer {
  return { name, command: process.execPath, args: [ROUGH, ...words] };
}

export function official(name: string): StdioServer {
  return { name, command: process.execPath, args: [OFFICIAL] };
}

export interface Rig {
  readonly mcp: Mcp;
  readonly workdir: string;
  /** What was announced. */
  readonly lines: string[];
  names(): string[];
  call(name: string, args?: Record<string, unknown>, signal?: AbortSignal): Promise<ToolOutcome>;
  asks(name: string): string | undefined;
}

export async function newWorkdir(): Promise<string> {
  const workdir = await realpath(await mkdtemp(join(tmpdir(), 'rookery-mcp-')));
  onTestFinished(() => rm(workdir, { recursive: true, force: true }));
  return workdir;
}

/** Ends with the test. */
export async function rig(servers: readonly McpServer[], changes: Partial<McpOptions> = {}): Promise<Rig> {
  const workdir = changes.workdir ?? (await newWorkdir());
  const lines: string[] = [];
  const mcp = await createMcp({
    servers,
    workdir,
    sandbox: undefined,
    announce: (line) => lines.push(line),
    env: { PATH: process.env.PATH },
    ...changes,
    deadlines: { startMs: 30_000, initializeMs: 30_000, listMs: 30_000, backoffMs: 50, ...changes.deadlines },
  });
  onTestFinished(() => mcp.stop());
  const find = (name: string) => {
    const tool = mcp.tools().find((one) => one.name === name);
    if (!tool) throw new Error(`there is no tool ${name}: ${lines.join('; ')}`);
    return tool;
  };
  return {
    mcp,
    workdir,
    lines,
    names: () => mcp.tools().map(({ name }) => name),
    call: (name, args = {}, signal = new AbortController().signal) =>
      find(name).run(args, { workspace: workdir, task: 'task-1', call: 'call-1', secrets: false, signal }),
    asks: (name) => find(name).asks?.(),
  };
}
