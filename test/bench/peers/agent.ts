/**
 * The raw agent, which everything that is no part of the product is measured with: a plain `fetch`, the smallest reader of
 * the stream, the file and the command straight from Node. It is the floor: it checks, limits and hides nothing.
 */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { WireCall, WireMessage, WireReply, WireResult } from './messages.js';

export interface AgentSettings {
  readonly endpoint: string;
  readonly workspace: string;
  /** As the protocol has them; the same ones that the product offers. */
  readonly tools: readonly unknown[];
}

export interface Agent {
  ask(model: string, messages: readonly WireMessage[]): Promise<WireReply>;
  use(call: WireCall): Promise<WireResult>;
}

export function createAgent({ endpoint, workspace, tools }: AgentSettings): Agent {
  const url = `${endpoint}/v1/chat/completions`;
  const headers = { 'content-type': 'application/json' };
  const fixed = { tools, max_tokens: 8_192, stream: true, stream_options: { include_usage: true } };
  return {
    async ask(model, messages) {
      const body = JSON.stringify({ model, messages, ...fixed });
      const response = await fetch(url, { method: 'POST', headers, body });
      if (!response.ok || !response.body) throw new Error(`the model answers ${response.status}`);
      return replyOf(response.body);
    },
    async use({ id, function: { name, arguments: text } }) {
      const { path, command } = JSON.parse(text) as { path?: string; command?: string };
      const content =
        name === 'read_file'
          ? await readFile(join(workspace, path ?? ''), 'utf8')
          : (await run('/bin/sh', ['-c', command ?? ''], { cwd: workspace })).stdout;
      return { role: 'tool', tool_call_id: id, content };
    },
  };
}

// ---

const run = promisify(execFile);

interface Chunk {
  readonly choices: readonly {
    readonly delta: { readonly content?: string | null; readonly tool_calls?: readonly CallPiece[] };
  }[];
}

interface CallPiece {
  readonly index: number;
  readonly id?: string;
  readonly function?: { readonly name?: string; readonly arguments?: string };
}

async function replyOf(stream: ReadableStream<Uint8Array>): Promise<WireReply> {
  const decoder = new TextDecoder();
  const calls: { readonly id: string; readonly name: string; readonly arguments: string }[] = [];
  let content = '';
  let rest = '';
  for await (const piece of stream) {
    rest += decoder.decode(piece, { stream: true });
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (!line.startsWith('data: {')) continue;
      const delta = (JSON.parse(line.slice(6)) as Chunk).choices[0]?.delta;
      content += delta?.content ?? '';
      for (const { index, id, function: call } of delta?.tool_calls ?? []) {
        const { id: begun = '', name = '', arguments: text = '' } = calls[index] ?? {};
        calls[index] = {
          id: begun + (id ?? ''),
          name: name + (call?.name ?? ''),
          arguments: text + (call?.arguments ?? ''),
        };
      }
    }
  }
  const tool_calls = calls.map(({ id, ...call }): WireCall => ({ id, type: 'function', function: call }));
  return { role: 'assistant', content, ...(tool_calls.length > 0 ? { tool_calls } : {}) };
}
