/** A tool that reads "the web" of a test: pages of untrusted content, and a note of every address that was asked for. */
import { z } from 'zod';
import { defineTool, type Tool } from '../../src/tools/tool.js';

export interface Web {
  readonly tool: Tool;
  /** Every URL that was fetched. */
  readonly fetched: readonly string[];
}

/** `pages` by URL; what is not there is empty. It has the name and the effect of the real one. */
export function webOf(pages: Readonly<Record<string, string>>): Web {
  const fetched: string[] = [];
  const tool = defineTool({
    name: 'site_fetch',
    description: 'Fetches a page.',
    input: z.strictObject({ url: z.string() }),
    effect: 'network',
    replay: 'safe',
    touches: ({ url }) => ({ hosts: [new URL(url).hostname] }),
    async run({ url }) {
      fetched.push(url);
      return { outcome: 'ok', content: pages[url] ?? 'nothing here', origin: url };
    },
  });
  return { tool: tool as Tool, fetched };
}
