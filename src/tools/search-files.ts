/** Finds lines in the text files of the workspace. A pattern of the model can be slow on purpose: it never blocks us. */
import type { FileHandle } from 'node:fs/promises';
import { lstat } from 'node:fs/promises';
import { z } from 'zod';
import { createMatcher, type Matcher, TooSlow } from './matcher.js';
import { answering, failed, ok, quoted, Refusal } from './outcome.js';
import { isCredential } from './secrets.js';
import type { Tool, ToolContext } from './tool.js';
import { takeHead, truncate } from './truncate.js';
import { visibleName, walk } from './walk.js';
import { openFile, type Place, reach } from './workspace.js';

const MAX_FILE_BYTES = 2 * 1024 * 1024;
const SNIFFED_BYTES = 8 * 1024;
const MAX_LINE = 300;
const DEADLINE_MS = 1_500;
const DEFAULT_RESULTS = 100;

const schema = z.strictObject({
  pattern: z.string().min(1).max(1_000).describe('Text to find within a line, case-sensitive.'),
  path: z.string().min(1).optional().describe('File or directory relative to the workspace. Default: the workspace.'),
  regex: z.boolean().optional().describe('The pattern is a JavaScript regular expression. Default false.'),
  max_results: z.int().min(1).max(1_000).optional().describe(`Lines to show. Default ${DEFAULT_RESULTS}.`),
});

export const searchFiles: Tool<z.infer<typeof schema>> = {
  name: 'search_files',
  description:
    'Finds lines in the text files beneath the workspace: "path:line: text", each cut to 300 characters, and at the ' +
    'end [K matches in F files]. Skips .git, node_modules, symlinks, binary and credential files and files over ' +
    '2 MiB. Stops after 1.5 s: narrow the path then.',
  schema,
  effect: 'read',
  replay: 'safe',
  placement: 'inline',
  run: answering(async (args, context) => {
    const place = await reach(context, args.path ?? '.');
    const deadline = performance.now() + DEADLINE_MS;
    const matcher = createMatcher({ pattern: args.pattern, regex: args.regex ?? false, deadline });
    if (typeof matcher === 'string') return failed(`The regular expression is not valid: ${matcher}.`);
    try {
      const files = candidates(place, context, deadline);
      return ok(report(await collect(files, matcher, args.max_results ?? DEFAULT_RESULTS)));
    } finally {
      await matcher.close();
    }
  }),
  summary: ({ pattern }) => pattern.slice(0, 60),
};

// ---

interface Found {
  readonly lines: string[];
  files: number;
  stopped?: string;
}

async function collect(files: AsyncIterable<Place>, matcher: Matcher, max: number): Promise<Found> {
  const found: Found = { lines: [], files: 0 };
  try {
    for await (const file of files) {
      const text = await textOf(file);
      if (text === undefined) continue;
      const room = max - found.lines.length;
      const hits = await matcher.find(text, room + 1);
      if (hits.length > 0) found.files++;
      for (const { line, text: hit } of hits.slice(0, room)) {
        found.lines.push(
          `${visibleName(file.shown)}:${line}: ${takeHead(hit.trimEnd(), MAX_LINE * 4).slice(0, MAX_LINE)}`,
        );
      }
      if (hits.length > room) {
        found.stopped = `stopped at ${max} matches; narrow the pattern or the path`;
        break;
      }
    }
  } catch (error) {
    if (!(error instanceof TooSlow)) throw error;
    found.stopped = `stopped after ${DEADLINE_MS / 1000} s, not everything was searched; narrow the pattern or the path`;
  }
  return found;
}

function report({ lines, files, stopped }: Found): string {
  const end = `[${lines.length} ${lines.length === 1 ? 'match' : 'matches'} in ${files} ${files === 1 ? 'file' : 'files'}]`;
  return `${truncate(lines.map((line) => `${line}\n`).join(''), { maxBytes: 60 * 1024 })}${stopped ? `[${stopped}]\n` : ''}${end}`;
}

async function* candidates(place: Place, context: ToolContext, deadline: number): AsyncGenerator<Place, void, void> {
  const named = await lstat(place.real);
  if (!named.isDirectory()) {
    if (named.size > MAX_FILE_BYTES)
      throw new Refusal(`${quoted(place.shown)} has ${named.size} bytes, more than 2 MiB.`);
    yield place;
    return;
  }
  for await (const { stats, shown, real } of walk({ place, recursive: true, signal: context.signal })) {
    if (performance.now() > deadline) throw new TooSlow();
    if (!stats.isFile() || stats.size > MAX_FILE_BYTES) continue;
    if (context.secrets || !isCredential(real)) yield { root: place.root, real, shown };
  }
}

/** Undefined: not a text file, or not one any more. */
async function textOf(place: Place): Promise<string | undefined> {
  let file: FileHandle | undefined;
  try {
    file = await openFile(place);
    const { size } = await file.stat();
    if (size > MAX_FILE_BYTES) return undefined;
    const bytes = await file.readFile();
    return bytes.subarray(0, SNIFFED_BYTES).includes(0) ? undefined : bytes.toString('utf8');
  } catch {
    return undefined;
  } finally {
    await file?.close();
  }
}
