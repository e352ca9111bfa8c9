/**
 * The built-in demo model: no AI, no network, no memory. It looks at the files of the workspace with the tools that are
 * on offer, a few calls per reply, and ends with a digest of what they returned. A pure function of the conversation:
 * it says nothing that no tool has told it. Its usage is an estimate, four characters a token.
 */
import type { Message } from '../domain/conversation.js';
import type { Usage } from '../domain/task.js';
import { digest } from './demo-digest.js';
import { factsOf, isReadable } from './demo-facts.js';
import type { Model, ModelRequest, RequestedCall } from './model.js';

export function demoModel(): Model {
  return {
    ask: async (question) => {
      question.signal.throwIfAborted();
      const { content, calls } = nextStep(question);
      question.onText?.(content);
      const usage = estimate(question.messages, content + JSON.stringify(calls));
      return {
        content,
        calls,
        usage: { ...usage, cost: { usd: 0, source: 'prices', unpriced: 0 } },
        finish: calls.length > 0 ? 'tool-calls' : 'stop',
        provider: 'demo',
        model: 'demo',
      };
    },
  };
}

// --- internal ---

const CALLS_PER_REPLY = 8;
const MAX_FILES = 40;
const MAX_DIRECTORIES = 8;
/** The header holds the true counts; a few lines are enough for the first heading. */
const LINES_TO_READ = 20;

interface Step {
  readonly content: string;
  readonly calls: readonly RequestedCall[];
}

function nextStep({ messages, tools }: ModelRequest): Step {
  const offered = new Set(tools.map(({ name }) => name));
  const facts = factsOf(messages);
  if (offered.has('list_files') && facts.listed.length === 0) {
    return step('Demo model (no AI): first I list the files.', [['list_files', { path: '.' }]]);
  }
  const looks = [
    ...(offered.has('list_files') ? facts.directories.slice(0, MAX_DIRECTORIES) : [])
      .filter((path) => !facts.listed.includes(path))
      .map((path): Wanted => ['list_files', { path }]),
    ...(offered.has('read_file') ? facts.files.filter(isReadable).slice(0, MAX_FILES) : [])
      .filter(({ path }) => !facts.reads.has(path))
      .map(({ path }): Wanted => ['read_file', { path, limit: LINES_TO_READ }]),
  ].slice(0, CALLS_PER_REPLY);
  if (looks.length > 0) return step(`Demo model (no AI): next I look at ${namesOf(looks)}.`, looks);
  const word = searchWord(messages);
  if (offered.has('search_files') && facts.files.length > 0 && facts.search === undefined) {
    const wanted: Wanted = ['search_files', { pattern: word }];
    return step(`Demo model (no AI): last I search for "${word}", the longest word of the prompt.`, [wanted]);
  }
  return step(digest(facts, offered), []);
}

type Wanted = readonly [name: string, args: { path?: string; limit?: number; pattern?: string }];

function step(content: string, wanted: readonly Wanted[]): Step {
  return { content, calls: wanted.map(([name, args], i) => ({ wire_id: `demo_${i}`, name, args })) };
}

const namesOf = (looks: readonly Wanted[]): string => looks.map(([, { path }]) => path).join(', ');

function searchWord(messages: readonly Message[]): string {
  const prompt = messages.find(({ role }) => role === 'user')?.content ?? '';
  const words = prompt.match(/[A-Za-z]{4,30}/g) ?? [];
  return words.reduce((longest, word) => (word.length > longest.length ? word : longest), words[0] ?? 'the');
}

function estimate(messages: readonly Message[], output: string): Usage {
  const input_tokens = Math.ceil(messages.reduce((sum, { content }) => sum + content.length, 0) / 4);
  const output_tokens = Math.ceil(output.length / 4);
  return { input_tokens, output_tokens, total_tokens: input_tokens + output_tokens };
}
