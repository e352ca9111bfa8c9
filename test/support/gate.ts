/** A task that stands in a tool call until the test lets it go: a shell command that waits for a file. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ScriptReply } from './llm-server.js';
import type { Rig, Task } from './rig.js';
import { until } from './until.js';

export interface Gate {
  /** A reply whose call waits. The task needs `allow: ['shell']`. */
  readonly reply: ScriptReply;
  /** The call runs. */
  reached(): Promise<unknown>;
  open(): void;
}

/** `name`: its own for each gate of a workspace. */
export function gateIn({ workspace }: Pick<Rig, 'workspace'>, name: string): Gate {
  const command = `touch ${name}.in; while [ ! -e ${name}.out ]; do sleep 0.05; done; echo through`;
  return {
    reply: { calls: [{ id: name, name: 'shell', args: { command } }] },
    reached: () => until(() => existsSync(join(workspace, `${name}.in`)), { what: `the call of gate ${name} runs` }),
    open: () => writeFileSync(join(workspace, `${name}.out`), ''),
  };
}

/** What the n-th request to the model held, from 1, or from -1 back: role and text of each message. */
export function conversationOf(task: Pick<Task, 'requests'>, n: number): string[] {
  return (task.requests().at(n < 0 ? n : n - 1)?.messages ?? []).map(
    ({ role, content }) => `${role}: ${textOf(content)}`,
  );
}

// ---

function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((part: { text?: string }) => part.text ?? '').join('\n');
}
