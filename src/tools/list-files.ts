/** Lists a directory of the workspace, with sizes, page by page. */
import { readlink } from 'node:fs/promises';
import { z } from 'zod';
import { FIXED } from '../domain/limits.js';
import { truncate } from '../domain/truncate.js';
import { matchesText } from '../policy/glob.js';
import { catchingErrors, ok } from './outcome.js';
import { defineTool, type ToolContext } from './tool.js';
import { compareWalked, visibleName, type WalkedEntry, walk } from './walk.js';
import { resolveForTool, type WorkspacePath } from './workspace.js';

const MAX_ENTRIES = 2_000;

const input = z.strictObject({
  path: z.string().min(1).optional().describe('Directory relative to the workspace. Default: the workspace itself.'),
  recursive: z.boolean().optional().describe('Also list the contents of subdirectories. Default false.'),
  name: z.string().min(1).max(200).optional().describe('Only names that match, such as *.ts; * and ? are wildcards.'),
  after: z.string().min(1).optional().describe('Continue after this entry, the last one of the list before.'),
  ignored: z.boolean().optional().describe('Also list what .gitignore names. Default false.'),
});

type Args = z.infer<typeof input>;

export const listFiles = defineTool({
  name: 'list_files',
  description:
    'Lists a directory in the workspace, one entry per line with its path relative to the workspace: files with ' +
    'a tab and their size in bytes, directories with a slash at the end, symlinks as "name -> target". Those nearest ' +
    'to the top come first. Recursive listings do not enter .git and node_modules; what .gitignore names is left out. ' +
    `At most ${MAX_ENTRIES} entries; the last line says how many there are.`,
  input,
  effect: 'read',
  replay: 'safe',
  placement: 'inline',
  run: catchingErrors(async (args, context) => {
    const place = await resolveForTool(context, args.path ?? '.');
    const { lines, notes } = await collect(place, args, context);
    if (lines.length + notes.length === 0) return ok('[empty directory]');
    const text = truncate(lines.join('\n'), { hint: 'list a directory further down, or filter by name' });
    return ok([...(text === '' ? [] : [text]), ...notes].join('\n'));
  }),
  touches: ({ path = '.' }) => ({ paths: [path] }),
  summary: ({ path = '.' }) => path,
});

// ---

interface Listing {
  readonly lines: readonly string[];
  readonly notes: readonly string[];
}

/** Sizes are looked up only for what is shown; the rest is counted, for as long as a search may take. */
async function collect(place: WorkspacePath, args: Args, { signal }: ToolContext): Promise<Listing> {
  const { recursive = false, ignored = false, name, after } = args;
  const deadline = performance.now() + FIXED.searchMs;
  const lines: string[] = [];
  const count = { shown: 0, before: 0, total: 0, ignored: 0 };
  let last: string | undefined;
  let isCut = false;
  for await (const entry of walk({ place, recursive, signal, ignored, onIgnored: () => count.ignored++ })) {
    isCut = performance.now() > deadline;
    if (isCut) break;
    if (name !== undefined && !matchesText(name, baseOf(entry.shown))) continue;
    count.total++;
    if (after !== undefined && compareWalked(entry.shown, trimmed(after)) <= 0) count.before++;
    else if (count.shown < MAX_ENTRIES) {
      const line = await toLine(entry);
      if (line === undefined) continue;
      lines.push(line);
      count.shown++;
      last = entry.shown;
    }
  }
  const left = count.total - count.before - count.shown;
  const total = `${count.total}${isCut ? ' or more' : ''} entries`;
  const isPart = left > 0 || isCut || count.before > 0;
  return {
    lines,
    notes: [
      ...(left > 0 || isCut
        ? [`[${count.shown} of ${total}; continue with after: ${JSON.stringify(last ?? '')}]`]
        : []),
      ...(isPart && left === 0 && !isCut ? [`[the last ${count.shown} of ${total}]`] : []),
      ...(count.ignored > 0 ? [`[${ignoredText(count.ignored)}; set ignored to list what .gitignore names]`] : []),
    ],
  };
}

function ignoredText(count: number): string {
  return count === 1 ? '1 entry is left out' : `${count} entries are left out`;
}

function baseOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** As the model may give it: `./a/` is `a`. */
function trimmed(path: string): string {
  return path.replace(/^\.\//, '').replace(/\/$/, '');
}

async function toLine(entry: WalkedEntry): Promise<string | undefined> {
  const name = visibleName(entry.shown);
  const note = entry.isNamed ? '' : '\t[the name is not UTF-8: no tool can open it]';
  if (entry.kind === 'directory') return `${name}/${note}`;
  if (entry.kind === 'link') return `${name} -> ${visibleName(await readlink(entry.openPath).catch(() => '?'))}${note}`;
  const stats = await entry.stats();
  return stats && `${name}\t${stats.size}${note}`;
}
