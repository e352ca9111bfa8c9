/** Finds lines in the text files of the workspace. A pattern of the model can be slow on purpose: it never blocks us. */
import { z } from 'zod';
import { FIXED } from '../domain/limits.js';
import { truncate } from '../domain/truncate.js';
import { createMatcher, type Matcher, TooSlow } from './matcher.js';
import { catchingErrors, failed, ok } from './outcome.js';
import { requiredTexts } from './required-text.js';
import { findRipgrep } from './ripgrep.js';
import { type LeftOut, type TextFile, textFiles } from './text-files.js';
import { defineTool, type Tool, type ToolContext, type ToolOutcome } from './tool.js';
import { visibleName } from './walk.js';
import { resolveForTool } from './workspace.js';

const MAX_LINE = 300;
const DEFAULT_RESULTS = 100;
const SHOWN_BYTES = 60 * 1024;

const input = z.strictObject({
  pattern: z.string().min(1).max(1_000).describe('Text to find within a line, case-sensitive.'),
  path: z.string().min(1).optional().describe('File or directory relative to the workspace. Default: the workspace.'),
  regex: z.boolean().optional().describe('The pattern is a JavaScript regular expression. Default false.'),
  ignored: z.boolean().optional().describe('Also search what .gitignore names. Default false.'),
  max_results: z.int().min(1).max(1_000).optional().describe(`Lines to show. Default ${DEFAULT_RESULTS}.`),
});

type Args = z.infer<typeof input>;

/** In the PATH of `env` ripgrep is looked for, once: where it is, big workspaces are searched faster. */
export function createSearchFiles(env: Readonly<Record<string, string | undefined>>): Tool<Args> {
  const ripgrep = findRipgrep(env.PATH);
  return defineTool({
    name: 'search_files',
    description:
      'Finds lines in the text files in the workspace: "path:line: text", each cut to 300 characters, and at the ' +
      'end [K matches in F files], and what was left out. Left out are .git, node_modules, what .gitignore names, ' +
      `symlinks, binary and credential files and files over 2 MiB. Stops after ${FIXED.searchMs / 1_000} s: narrow the path then.`,
    input,
    effect: 'read',
    replay: 'safe',
    placement: 'inline',
    run: catchingErrors((args, context) => search(args, context, ripgrep)),
    touches: ({ path = '.' }) => ({ paths: [path] }),
    summary: ({ pattern }) => pattern,
  });
}

// ---

async function search(
  { pattern, path = '.', regex = false, ignored = false, max_results }: Args,
  context: ToolContext,
  ripgrep: string | undefined,
): Promise<ToolOutcome> {
  const place = await resolveForTool(context, path);
  const deadline = performance.now() + FIXED.searchMs;
  const matcher = createMatcher({ pattern, regex, deadline });
  if (typeof matcher === 'string') return failed(`The regular expression is not valid: ${matcher}.`);
  try {
    const texts = requiredTexts(pattern, regex);
    const hint = texts && ripgrep !== undefined ? { texts, ripgrep } : undefined;
    const leftOut: LeftOut = { binary: 0, big: 0, credentials: 0, unnamed: 0, ignored: 0, isPartial: false };
    const files = textFiles({ place, context, deadline, hint, ignored, leftOut });
    return ok(report(await collect(files, matcher, max_results ?? DEFAULT_RESULTS), leftOut));
  } finally {
    await matcher.close();
  }
}

interface SearchResult {
  readonly matches: readonly { readonly file: string; readonly line: string }[];
  readonly stopped?: string;
}

async function collect(files: AsyncIterable<TextFile[]>, matcher: Matcher, max: number): Promise<SearchResult> {
  const matches: { file: string; line: string }[] = [];
  try {
    for await (const batch of files) {
      const found = await matcher.find(
        batch.map(({ text }) => text),
        max + 1,
      );
      for (const [i, { shown }] of batch.entries()) {
        const file = visibleName(shown);
        for (const { line, text } of found[i] ?? []) matches.push({ file, line: `${file}:${line}: ${firstOf(text)}` });
        // One more than wanted was looked for, to know whether there are more.
        if (matches.length > max) {
          return { matches: matches.slice(0, max), stopped: `stopped at ${max} matches; ${NARROW}` };
        }
      }
    }
  } catch (error) {
    if (!(error instanceof TooSlow)) throw error;
    return { matches, stopped: `stopped after ${FIXED.searchMs / 1000} s, not everything was searched; ${NARROW}` };
  }
  return { matches };
}

const NARROW = 'narrow the pattern or the path';

function report({ matches, stopped }: SearchResult, leftOut: LeftOut): string {
  const lines = truncate(matches.map(({ line }) => `${line}\n`).join(''), { maxBytes: SHOWN_BYTES, hint: NARROW });
  const files = new Set(matches.map(({ file }) => file)).size;
  const end = `[${counted(matches.length, 'match', 'matches')} in ${counted(files, 'file', 'files')}]`;
  return `${lines}${stopped ? `[${stopped}]\n` : ''}${end}${leftOutText(leftOut)}`;
}

function leftOutText({ binary, big, credentials, unnamed, ignored, isPartial }: LeftOut): string {
  const kinds = [
    binary > 0 && counted(binary, 'binary file', 'binary files'),
    big > 0 && counted(big, 'file over 2 MiB', 'files over 2 MiB'),
    credentials > 0 && counted(credentials, 'credential file', 'credential files'),
    unnamed > 0 && counted(unnamed, 'name that is not UTF-8', 'names that are not UTF-8'),
    ignored > 0 && `${counted(ignored, 'entry', 'entries')} that .gitignore names`,
  ].filter((kind) => kind !== false);
  if (kinds.length === 0) return '';
  return `\n[left out: ${kinds.join(', ')}${isPartial ? '; more may be, the rest was not counted' : ''}]`;
}

function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

function firstOf(line: string): string {
  return [...line.trimEnd().slice(0, 2 * MAX_LINE)].slice(0, MAX_LINE).join('');
}
